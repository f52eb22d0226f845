"""A hub whose users each have a container of their own, made of the target `notebook`.

On the machine of the hub: `pip install jupyterhub dockerspawner`, `npm install -g
configurable-http-proxy`, then `jupyterhub -f jupyterhub_config.py`. See docs/how-to/install.md.
"""

c = get_config()  # noqa: F821 - jupyterhub gives it

# Whoever logs in must be somebody: choose an authenticator, and say who may come in.
c.JupyterHub.authenticator_class = "pam"
c.Authenticator.allow_all = True

c.JupyterHub.spawner_class = "docker"
c.DockerSpawner.image = "simpsh-notebook"
c.DockerSpawner.remove = True
c.DockerSpawner.notebook_dir = "/home/student/work"
c.DockerSpawner.volumes = {"simpsh-{username}": "/home/student/work"}

# The containers reach the hub through Docker's own bridge, and nothing else does.
c.JupyterHub.hub_ip = "172.17.0.1"

# For each user. A server with one notebook has 25 threads and 250 MB; a thread counts as a process.
c.DockerSpawner.mem_limit = "1G"
c.DockerSpawner.cpu_limit = 1.0
c.DockerSpawner.extra_host_config = {
    "pids_limit": 256,
    "cap_drop": ["ALL"],
    # It lets kcmp(2) through the seccomp profile. An ordinary user has no capability by it.
    "cap_add": ["SYS_PTRACE"],
    # Set-user-id programs give nobody more rights.
    "security_opt": ["no-new-privileges"],
    "init": True,
}
