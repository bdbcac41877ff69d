"""The claims about a container: `make install` put into a root of its own, the entry point alone."""
import os

from peers import BUILD, Chrony, start_upstream, wait_selected
from world import check, eventually

UPSTREAM, SERVER = "192.168.43.201", "192.168.43.101"


def _image(host):
    """The installation in a folder, as an image holds it; the machine's libraries are lent to it."""
    root = os.path.join(host.folder, "image")
    host.world.command(["env", f"DESTDIR={root}", "cmake", "--install", BUILD, "--prefix", "/usr/local"], timeout=60)
    for folder in ("usr/bin", "usr/sbin", "usr/lib", "proc", "dev", "run/meridian", "var/lib/meridian", "tmp"):
        os.makedirs(os.path.join(root, folder), exist_ok=True)
    for folder in ("run/meridian", "var/lib/meridian"):
        os.chown(os.path.join(root, folder), 62050, 62050)
    for link in ("bin", "sbin", "lib", "lib64"):
        if os.path.islink(f"/{link}"):
            os.symlink(os.readlink(f"/{link}"), os.path.join(root, link))
    if os.path.isdir("/usr/lib64"):
        os.makedirs(os.path.join(root, "usr/lib64"), exist_ok=True)
    return root


def _run(host, root, capabilities, *lines):
    """The entry point in namespaces of its own, as an unprivileged user with these capabilities."""
    lend = "".join(f"mount --rbind /usr/{name} {root}/usr/{name} && " for name in ("bin", "sbin", "lib", "lib64")
                   if os.path.isdir(f"{root}/usr/{name}"))
    bare = ["setpriv", "--reuid", "62050", "--regid", "62050", "--clear-groups", "--inh-caps", capabilities,
            "--ambient-caps", capabilities, "--bounding-set", capabilities]
    return host.start("container", [
        "unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "sh", "-c",
        f"{lend} mount -t proc proc {root}/proc && mount --bind /dev {root}/dev && exec chroot {root} \"$@\"", "sh",
        *bare, "/usr/local/sbin/meridian-container", *lines])


def container_serves_without_cap_sys_time(lan):
    """The entry point without CAP_SYS_TIME says that it only serves, and a real chronyd follows it."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("server", 101)
    container = _run(host, _image(host), "-all,+net_bind_service", f"server {UPSTREAM} iburst", "allow")
    eventually(lambda: "server only" in container.log(), 10, "it says what it does not do")
    client = Chrony(lan.lan_host("client", 102), f"server {SERVER} iburst\n").start()
    row = wait_selected(client, SERVER, 60)
    check(row[3] == "2", f"the container serves its upstream's time: stratum {row[3]}")
    check(container.is_alive(), "the container lives")
    check("clockd:" not in container.log(), f"it looks for no clockd: {container.log()}")
    check("given up" not in container.log(), "there was no CAP_SYS_TIME to give up")
