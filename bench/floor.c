/* The floor: the kernel's part of starting a container, and nothing else. What is slower than this is the engine.
 *
 *   bench-floor --lower DIR[:DIR…] [--scratch DIR] [--masks] [--cgroups] [--veth] -- COMMAND [ARG…]
 *
 * New pid, net, ipc, uts, mount and cgroup namespaces; an overlay over the lower folders with a fresh upper one; the
 * mounts that Docker makes; pivot_root; exec; wait; removal of the upper folder. --masks adds Docker's masked and
 * read-only paths, --cgroups a cgroup in every hierarchy, --veth a veth pair. Exit status: the command's, 125 for a
 * failure of its own.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

struct options {
  const char* lower;
  const char* scratch;
  int masks, cgroups, veth;
  char** command;
};

static char directory[200];  /* SCRATCH/floor.XXXXXX: upper, work, merged */
static char group[64];       /* the cgroup's name in each hierarchy */

static void die(const char* what, const char* object) {
  fprintf(stderr, "bench-floor: %s %s: %s\n", what, object, strerror(errno));
  _exit(125);
}

static void check(int result, const char* what, const char* object) {
  if (result < 0) die(what, object);
}

/* ---- mounts, in the child */

static void mount_at(const char* type, const char* target, unsigned long flags, const char* data) {
  mkdir(target, 0755); /* most images have it */
  check(mount(type, target, type, flags, data), "mount", target);
}

static void mount_overlay(const struct options* options, char* merged) {
  char data[8192];
  snprintf(data, sizeof data, "lowerdir=%s,upperdir=%s/upper,workdir=%s/work", options->lower, directory, directory);
  check(mount("overlay", merged, "overlay", 0, data), "mount overlay on", merged);
}

static void make_node(const char* path, unsigned minor_number, unsigned major_number) {
  check(mknod(path, S_IFCHR | 0666, makedev(major_number, minor_number)), "make node", path);
}

static void fill_dev(void) {
  make_node("dev/null", 3, 1);
  make_node("dev/zero", 5, 1);
  make_node("dev/full", 7, 1);
  make_node("dev/random", 8, 1);
  make_node("dev/urandom", 9, 1);
  make_node("dev/tty", 0, 5);
  check(symlink("/proc/self/fd", "dev/fd"), "link", "/dev/fd");
  check(symlink("/proc/self/fd/0", "dev/stdin"), "link", "/dev/stdin");
  check(symlink("/proc/self/fd/1", "dev/stdout"), "link", "/dev/stdout");
  check(symlink("/proc/self/fd/2", "dev/stderr"), "link", "/dev/stderr");
  check(symlink("pts/ptmx", "dev/ptmx"), "link", "/dev/ptmx");
}

static void mount_docker_set(void) {
  const unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  mount_at("proc", "proc", safe, NULL);
  mount_at("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
  fill_dev();
  mount_at("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
  mount_at("mqueue", "dev/mqueue", safe, NULL);
  mount_at("tmpfs", "dev/shm", safe, "mode=1777,size=65536k");
  mount_at("sysfs", "sys", safe | MS_RDONLY, NULL);
}

/* Paths that this kernel does not have are none. */
static void mask_paths(void) {
  static const char* const files[] = {"proc/kcore", "proc/keys", "proc/timer_list", "proc/latency_stats"};
  static const char* const folders[] = {"proc/acpi", "proc/scsi", "sys/firmware", "sys/devices/virtual/powercap"};
  static const char* const read_only[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};
  for (size_t i = 0; i < sizeof files / sizeof *files; ++i) mount("dev/null", files[i], NULL, MS_BIND, NULL);
  for (size_t i = 0; i < sizeof folders / sizeof *folders; ++i) mount("tmpfs", folders[i], "tmpfs", MS_RDONLY, NULL);
  for (size_t i = 0; i < sizeof read_only / sizeof *read_only; ++i) {
    if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) == 0)
      mount(NULL, read_only[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  }
}

/* ---- cgroups */

/* Calls `act` with the path of the container's cgroup in every hierarchy of version 1, or in the one of version 2. */
static void for_each_cgroup(void (*act)(const char* path)) {
  char path[512];
  if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0) {
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s", group);
    act(path);
    return;
  }
  DIR* listing = opendir("/sys/fs/cgroup");
  if (listing == NULL) return;
  for (struct dirent* entry; (entry = readdir(listing)) != NULL;) {
    if (entry->d_name[0] == '.' || entry->d_type == DT_LNK || strcmp(entry->d_name, "unified") == 0) continue;
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s/cgroup.procs", entry->d_name);
    if (access(path, F_OK) != 0) continue; /* a directory where nothing is mounted */
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s/%s", entry->d_name, group);
    act(path);
  }
  closedir(listing);
}

static void make_cgroup(const char* path) {
  check(mkdir(path, 0755), "make cgroup", path);
  if (strstr(path, "/cpuset/") == NULL) return;
  /* Version 1: a cpuset takes nobody before it has processors and memory. */
  char file[600];
  static const char* const names[] = {"cpuset.cpus", "cpuset.mems"};
  for (int i = 0; i < 2; ++i) {
    char value[256];
    snprintf(file, sizeof file, "/sys/fs/cgroup/cpuset/%s", names[i]);
    int from = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(from, value, sizeof value);
    close(from);
    snprintf(file, sizeof file, "%s/%s", path, names[i]);
    int to = open(file, O_WRONLY | O_CLOEXEC);
    if (length > 0 && write(to, value, (size_t)length) < 0) die("write", file);
    close(to);
  }
}

/* "tasks" of version 1: a thread that enters by itself waits for no grace period, cgroup.procs does. */
static void enter_cgroup(const char* path) {
  char file[600];
  snprintf(file, sizeof file, "%s/tasks", path);
  int fd = open(file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) {
    snprintf(file, sizeof file, "%s/cgroup.procs", path);
    fd = open(file, O_WRONLY | O_CLOEXEC);
  }
  if (fd < 0 || write(fd, "0", 1) != 1) die("enter cgroup", path);
  close(fd);
}

static void remove_cgroup(const char* path) { rmdir(path); }

/* ---- network */

struct link_request {
  struct nlmsghdr header;
  struct ifinfomsg link;
  char attributes[512];
};

static struct rtattr* add(struct link_request* request, unsigned short type, const void* data, size_t length) {
  struct rtattr* attribute = (struct rtattr*)((char*)request + NLMSG_ALIGN(request->header.nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = (unsigned short)RTA_LENGTH(length);
  if (length > 0) memcpy(RTA_DATA(attribute), data, length);
  request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
  return attribute;
}

static void end(struct link_request* request, struct rtattr* nest) {
  nest->rta_len = (unsigned short)((char*)request + request->header.nlmsg_len - (char*)nest);
}

/* A veth pair: one end here and up, the other, eth0, in the child's namespace. */
static void make_veth(pid_t child) {
  struct link_request request = {.header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
                                            .nlmsg_type = RTM_NEWLINK,
                                            .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK},
                                 .link = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP}};
  char name[IFNAMSIZ];
  snprintf(name, sizeof name, "floor%d", child);
  add(&request, IFLA_IFNAME, name, strlen(name) + 1);
  struct rtattr* info = add(&request, IFLA_LINKINFO, NULL, 0);
  add(&request, IFLA_INFO_KIND, "veth", 5);
  struct rtattr* data = add(&request, IFLA_INFO_DATA, NULL, 0);
  const struct ifinfomsg peer_link = {0};
  struct rtattr* peer = add(&request, VETH_INFO_PEER, &peer_link, sizeof peer_link);
  add(&request, IFLA_IFNAME, "eth0", 5);
  add(&request, IFLA_NET_NS_PID, &child, sizeof child);
  end(&request, peer);
  end(&request, data);
  end(&request, info);
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0 || send(fd, &request, request.header.nlmsg_len, 0) < 0) die("make", name);
  struct {
    struct nlmsghdr header;
    struct nlmsgerr error;
    char rest[1024];
  } answer;
  if (recv(fd, &answer, sizeof answer, 0) < 0) die("make", name);
  errno = -answer.error.error;
  if (errno != 0) die("make", name);
  close(fd);
}

/* ---- the two processes */

static void run_child(const struct options* options, const int go_on[2]) {
  char byte;
  close(go_on[1]); /* so that the parent's end ends the wait */
  if (read(go_on[0], &byte, 1) != 1) _exit(125);
  if (options->cgroups) for_each_cgroup(enter_cgroup);
  check(unshare(CLONE_NEWCGROUP), "unshare", "cgroup namespace"); /* after entering: its root is the new cgroup */
  char merged[256];
  snprintf(merged, sizeof merged, "%s/merged", directory);
  check(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), "make slave", "/");
  mount_overlay(options, merged);
  check(chdir(merged), "enter", merged);
  mount_docker_set();
  if (options->masks) mask_paths();
  check((int)syscall(SYS_pivot_root, ".", "."), "pivot_root to", merged);
  check(umount2(".", MNT_DETACH), "unmount", "the old root");
  check(chdir("/"), "enter", "/");
  check(sethostname("floor", 5), "set", "host name");
  execv(options->command[0], options->command);
  die("execute", options->command[0]);
}

static int remove_entry(const char* path, const struct stat* status, int type, struct FTW* walk) {
  (void)status, (void)type, (void)walk;
  return remove(path);
}

static void make_directories(const char* scratch) {
  static const char* const names[] = {"upper", "work", "merged"};
  char path[256];
  snprintf(directory, sizeof directory, "%s/floor.XXXXXX", scratch);
  if (mkdtemp(directory) == NULL) die("make directory in", scratch);
  for (int i = 0; i < 3; ++i) {
    snprintf(path, sizeof path, "%s/%s", directory, names[i]);
    check(mkdir(path, 0755), "make directory", path);
  }
}

static struct options parse(int argc, char** argv) {
  struct options options = {.scratch = "/tmp"};
  int i = 1;
  for (; i < argc && strcmp(argv[i], "--") != 0; ++i) {
    if (strcmp(argv[i], "--lower") == 0 && i + 1 < argc) options.lower = argv[++i];
    else if (strcmp(argv[i], "--scratch") == 0 && i + 1 < argc) options.scratch = argv[++i];
    else if (strcmp(argv[i], "--masks") == 0) options.masks = 1;
    else if (strcmp(argv[i], "--cgroups") == 0) options.cgroups = 1;
    else if (strcmp(argv[i], "--veth") == 0) options.veth = 1;
    else break;
  }
  options.command = argv + i + 1;
  if (options.lower == NULL || i + 1 >= argc || strcmp(argv[i], "--") != 0) {
    fprintf(stderr, "usage: bench-floor --lower DIR[:DIR...] [--scratch DIR] [--masks] [--cgroups] [--veth] -- COMMAND\n");
    exit(125);
  }
  return options;
}

int main(int argc, char** argv) {
  const struct options options = parse(argc, argv);
  make_directories(options.scratch);
  int pipe_fds[2];
  check(pipe2(pipe_fds, O_CLOEXEC), "make", "pipe");
  snprintf(group, sizeof group, "bench-floor-%d", getpid());
  if (options.cgroups) for_each_cgroup(make_cgroup);
  const unsigned long flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS | SIGCHLD;
  const pid_t child = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
  check(child, "clone", "the container");
  if (child == 0) run_child(&options, pipe_fds);
  if (options.veth) make_veth(child);
  if (write(pipe_fds[1], "x", 1) != 1) die("write", "pipe");
  int status = 0;
  check(waitpid(child, &status, 0), "wait for", "the container");
  if (options.cgroups) for_each_cgroup(remove_cgroup);
  nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
