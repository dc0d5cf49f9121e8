# Verifying, relative to the bare MAC: bytes, and the ratios of libhookrail, EVP_MAC and HMAC().
load "style.gnuplot"
set logscale x
set xrange [40:400000]
set xlabel "body"
set xtics scale 1,0 ("64 B" 64, "1 KB" 1024, "16 KB" 16384, "256 KB" 262144)
set title "Time to verify a delivery, relative to a MAC with precomputed pads alone"
set ylabel "times the bare MAC"
set yrange [0:*]
plot data using 1:4 linestyle 2 title "OpenSSL HMAC(), whole job", \
     data using 1:3 linestyle 4 title "OpenSSL EVP\\_MAC, whole job", \
     data using 1:2 linestyle 1 title "libhookrail, whole job", \
     1 linecolor "#999999" dashtype 3 title "MAC with precomputed pads"
