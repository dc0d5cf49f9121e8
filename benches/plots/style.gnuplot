# The common style of all plots. The command line sets `data` and `output`.
set terminal svg size 960,420 dynamic font "Helvetica,Arial,sans-serif,13" background "#ffffff"
set output output
set border 3 linecolor "#555555"
set tics nomirror textcolor "#222222"
set grid ytics linecolor "#dddddd" linewidth 1
# Room for the axis label and three lines of the key; the same in each panel.
set bmargin 8
set key at graph 0.5, -0.29 center top vertical Left reverse samplen 2
set style line 1 linecolor "#1554b0" linewidth 2.5 pointtype 7 pointsize 0.6
set style line 2 linecolor "#c8501e" linewidth 2 pointtype 5 pointsize 0.5
set style line 3 linecolor "#6b6b6b" linewidth 2 pointtype 9 pointsize 0.6 dashtype 2
set style line 4 linecolor "#2a8a57" linewidth 2 pointtype 11 pointsize 0.6
set style data linespoints
