# Throughput and CPU time by the number of threads: threads, our rate, their rate, our CPU, their CPU.
load "style.gnuplot"
set multiplot layout 1,2
set logscale x 2
set xlabel "threads"
set yrange [0:*]
set title "Throughput"
set ylabel "requests per second"
set format y "%.0s%c"
plot data using 1:2 linestyle 1 title "libhookrail, one client", \
     data using 1:3 linestyle 2 title "libcurl, a handle per thread"
set title "CPU time of the client"
set ylabel "µs per request"
plot data using 1:4 linestyle 1 title "libhookrail", \
     data using 1:5 linestyle 2 title "libcurl"
unset multiplot
