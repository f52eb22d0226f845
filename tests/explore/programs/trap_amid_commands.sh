trap 'echo usr $x' USR1; x=0; (kill -USR1 $$) & x=1; x=2; wait; echo e
