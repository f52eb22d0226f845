sleep 9 & kill $!; wait $!; echo $?
