timeout 9 true; echo $?
