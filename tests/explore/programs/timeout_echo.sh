timeout 5 echo hi
