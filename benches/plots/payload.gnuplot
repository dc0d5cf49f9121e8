# Throughput and CPU time by the size of the payload: bytes, rates and CPU of libhookrail, libcurl and the raw
# loop.
load "style.gnuplot"
set multiplot layout 1,2
set logscale xy
set xrange [70:400000]
set xlabel "payload"
set xtics scale 1,0 ("100 B" 100, "1 KB" 1024, "4 KB" 4096, "16 KB" 16384, "64 KB" 65536, "256 KB" 262144)
set title "Throughput, one thread"
set ylabel "requests per second"
set yrange [100:*]
set format y "%.0s%c"
plot data using 1:2 linestyle 1 title "libhookrail", \
     data using 1:3 linestyle 2 title "libcurl", \
     data using 1:4 linestyle 3 title "raw socket loop"
set title "CPU time of the client"
set ylabel "µs per request"
set yrange [10:1000]
plot data using 1:5 linestyle 1 title "libhookrail", \
     data using 1:6 linestyle 2 title "libcurl", \
     data using 1:7 linestyle 3 title "raw socket loop"
unset multiplot
