# Throughput and CPU time by the number of requests under way: number, rates and CPU of the producer, background
# calls, libcurl multi with poll and with epoll, the Go package and net/http. The command line sets `service_ms`.
load "style.gnuplot"
set style line 5 linecolor "#8d5ab8" linewidth 2 pointtype 13 pointsize 0.6
set style line 6 linecolor "#b8860b" linewidth 2 pointtype 4 pointsize 0.6 dashtype 2
set key maxrows 3
names = "'producer' 'background calls' 'libcurl multi' 'libcurl multi, epoll' 'Go package' 'Go net/http'"
set multiplot layout 1,2
set logscale xy
set xlabel "requests under way"
set xrange [0.8:1300]
set xtics (1, 4, 16, 64, 256, 1024)
set title sprintf("Throughput, service time %d ms", service_ms)
set ylabel "events per second"
set format y "%.0s%c"
plot for [i=0:5] data using 1:(column(i + 2)) linestyle i + 1 title word(names, i + 1)
set title "CPU time of the client"
set ylabel "µs per event"
set yrange [10:*]
set format y "%g"
plot for [i=0:5] data using 1:(column(i + 8)) linestyle i + 1 title word(names, i + 1)
unset multiplot
