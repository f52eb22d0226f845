#!/bin/sh
# Judge a class as an array of Slurm on this machine: a controller, two workers, one of them killed.
# It needs a PID namespace of its own, which ends with it.
# Usage: job_array.sh PLACE PARTS COMMAND …; PLACE has the folder `submissions`. As root.
set -eu
place="$1" parts="$2"
shift 2
cd "$place"
host="$(hostname -s)"
mkdir -p state logs
dd if=/dev/urandom of=munge.key bs=1k count=1 2>/dev/null
chmod 700 . state
chmod 400 munge.key
cat > slurm.conf <<END
ClusterName=class
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$place/munge.socket
CredType=cred/munge
CryptoType=crypto/munge
SlurmctldPort=26817
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool-%n
SlurmdPidFile=$place/slurmd-%n.pid
SlurmctldPidFile=$place/slurmctld.pid
SlurmctldLogFile=$place/logs/slurmctld
SlurmdLogFile=$place/logs/slurmd-%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
MpiDefault=none
SlurmdTimeout=20
ReturnToService=2
JobRequeue=1
NodeName=worker1 NodeHostname=$host NodeAddr=127.0.0.1 Port=26818 CPUs=1
NodeName=worker2 NodeHostname=$host NodeAddr=127.0.0.1 Port=26819 CPUs=1
PartitionName=class Nodes=worker1,worker2 Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF="$place/slurm.conf"
daemons=""
stop() {
    scancel -u root 2>/dev/null || :
    # shellcheck disable=SC2086 # a list of pids
    kill $daemons 2>/dev/null || :
    wait
}
trap stop EXIT
munged --force --foreground --key-file="$place/munge.key" --socket="$place/munge.socket" \
    --pid-file="$place/munge.pid" --seed-file="$place/munge.seed" --log-file="$place/logs/munge" &
daemons="$daemons $!"
until [ -S munge.socket ]; do sleep 0.1; done
slurmctld -D -i &
daemons="$daemons $!"
worker() {
    slurmd -D -N "$1" &
    pid=$!
    daemons="$daemons $pid"
}
worker worker1
worker worker2
doomed=$pid
until [ "$(sinfo -h -o %T -N | grep -c idle)" = 2 ]; do sleep 0.5; done
{
    echo '#!/bin/sh'
    echo "cd '$place'"
    echo "exec $* --part \$SLURM_ARRAY_TASK_ID/$parts -o results submissions"
} > job.sh
job="$(sbatch --parsable --requeue --array="1-$parts" --output="$place/logs/part-%a" job.sh)"
# Kill one worker with all its processes at a random moment.
wanted=$(($(od -An -N2 -tu2 /dev/urandom) % ($(find submissions -type f | wc -l) / 2) + 1))
until [ "$(find results -name '*.json' 2>/dev/null | wc -l)" -ge "$wanted" ] &&
    squeue -h -t R -o %N | grep -q worker2; do sleep 0.2; done
part="$(squeue -h -t R -w worker2 -o %A | head -n 1)"
# First kill the processes that would report its end: the daemon, and the step of the batch job.
kill -9 "$doomed" $(pgrep -f "slurmstepd: \[$part\.batch")
for environ in /proc/[0-9]*/environ; do
    if tr '\0' '\n' < "$environ" 2>/dev/null | grep -qxF "SLURM_JOB_ID=$part"; then
        lost="${environ#/proc/}"
        kill -9 "${lost%/environ}" 2>/dev/null || :
    fi
done
ls -i results > before
echo "a worker was killed when $(wc -l < before) results were there"
until sinfo -h -N -n worker2 -o %T | grep -q down; do sleep 0.5; done
worker worker2
while squeue -h -j "$job" 2>/dev/null | grep -q .; do sleep 1; done
scontrol show job "$job" | grep -c 'Restarts=[1-9]' | sed 's/$/ part was started again/'
while read -r inode name; do
    [ "$(stat -c %i "results/$name")" = "$inode" ]
done < before
echo "what was there before was not judged again"
