# Runs a command as root of a container with the usual settings of Docker: its masked and read-only
# paths, /dev, files bound into /etc, capabilities and filter of system calls. There is no /dev/kvm.
#
#   unshare --mount --pid --ipc --uts --cgroup --fork --kill-child --propagation private \
#       sh ordinary_container.sh EMPTY_DIRECTORY PYTHON COMMAND ...
set -e
room=$1 python=$2 work=$PWD
shift 2
here=$(dirname "$0")
mount -t proc proc /proc
for path in acpi asound interrupts kcore keys latency_stats sched_debug scsi timer_list timer_stats; do
    path=/proc/$path
    if [ -d $path ]; then
        mount -t tmpfs -o ro,size=0k tmpfs $path
    elif [ -e $path ]; then
        mount --bind /dev/null $path
    fi
done
mount -t tmpfs -o ro,size=0k tmpfs /sys/firmware
for path in bus fs irq sys sysrq-trigger; do
    path=/proc/$path
    if [ -e $path ]; then
        mount --bind $path $path
        mount -o remount,bind,ro $path
    fi
done
for name in hosts hostname resolv.conf; do
    [ -e /etc/$name ] || continue
    cp /etc/$name "$room/$name"
    mount --bind "$room/$name" /etc/$name
done
mkdir -p "$room/dev"
mount -t tmpfs -o mode=755,size=64m tmpfs "$room/dev"
cd "$room/dev"
for name in null zero full random urandom tty; do
    touch $name
    mount --bind /dev/$name $name
done
mkdir pts shm mqueue
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts pts
mount -t tmpfs -o mode=1777,size=64m shm shm
mount -t mqueue mqueue mqueue
ln -s pts/ptmx ptmx
ln -s /proc/self/fd fd
ln -s fd/0 stdin
ln -s fd/1 stdout
ln -s fd/2 stderr
cd /
mount --rbind "$room/dev" /dev
mount --bind /sys /sys
mount -o remount,bind,ro /sys
capabilities=-all
for name in chown dac_override fsetid fowner mknod net_raw setgid setuid setfcap setpcap \
    net_bind_service sys_chroot kill audit_write; do
    capabilities=$capabilities,+$name
done
cd "$work"
exec setpriv --bounding-set=$capabilities --inh-caps=-all \
    "$python" -P "$here/container_profile.py" docker "$@"
