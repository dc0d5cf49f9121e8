# The producer by the number of events under way: depth, events/s, CPU in µs, submit in µs (median, p99).
load "style.gnuplot"
set multiplot layout 1,2
set logscale x
set xlabel "events under way"
set format x "%.0s%c"
set yrange [0:*]
set title "Submit to completion, 8 requests under way"
set ylabel "events per second"
set format y "%.0s%c"
plot data using 1:2 linestyle 1 title "libhookrail"
set title "Time per event"
set ylabel "µs"
set logscale y
set yrange [0.1:*]
set format y "%g"
plot data using 1:3 linestyle 1 title "CPU time", \
     data using 1:4 linestyle 4 title "a submit, median", \
     data using 1:5 linestyle 3 title "a submit, 99th percentile"
unset multiplot
