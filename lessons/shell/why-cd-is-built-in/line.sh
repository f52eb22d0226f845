x=1; (x=2; cd /tmp); echo $x; pwd
