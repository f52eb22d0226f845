#!/bin/sh
# The first process of a virtual machine: it mounts what a Linux system has, runs the checks, ends it.
export PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root TERM=linux LANG=C.UTF-8
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t mqueue mqueue /dev/mqueue
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
for n in 0=stdin 1=stdout 2=stderr; do
    [ -e "/dev/${n#*=}" ] || ln -s "/proc/self/fd/${n%=*}" "/dev/${n#*=}"
done
hostname machine
ip link set lo up
for module in virtio_console virtio_rng rng_core; do modprobe -q "$module"; done
echo 6 >/proc/sys/kernel/printk
echo core >/proc/sys/kernel/core_pattern
python3 -m venv --without-pip /opt/venv
site=$(echo /opt/venv/lib/python3*/site-packages)
printf '/opt/site\n/machine/site\n/machine/simpsh\n' >"$site/machine.pth"
cat >/opt/venv/bin/simpsh <<'PROGRAM'
#!/opt/venv/bin/python
import sys
from simpsh.__main__ import main
sys.exit(main())
PROGRAM
chmod 755 /opt/venv/bin/simpsh
cd /machine/simpsh || exit
/opt/venv/bin/python -m tests.support.machines.inside_machine $(cat /proc/cmdline)
busybox poweroff -f
