// Between a program and its files: counts, records and breaks the calls that change files below one folder.
//
//   FAULT_ROOT=DIR      only files below it are looked at
//   FAULT_LOG=FILE      every call is appended here, with its octets, in the order it returned
//   FAULT_AT=N          the Nth call (from 1) that FAULT_OPS and FAULT_PATH let through is broken
//   FAULT_DO=WHAT       kill (before it), kill-after, eio, enospc, eintr, erofs, emfile, short (half is written)
//   FAULT_STICKY=1      every call from the Nth on is broken
//   FAULT_SWITCH=FILE   breaks only while this file exists; the count starts when it appears
//   FAULT_OPS=LIST      of open,write,truncate,rename,unlink,mkdir,sync,allocate; all by default
//   FAULT_PATH=TEXT     only paths that contain it
//   FAULT_QUOTA=BYTES   growth allowed below the root while the switch is on (or always): then ENOSPC
//
// gcc -shared -fPIC -O2 -o faultfs.so faultfs.c -ldl ; LD_PRELOAD=./faultfs.so program
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 4096
#define NEXT(name) real_##name ? real_##name : (real_##name = dlsym(RTLD_NEXT, #name))

enum op { OPEN = 1, WRITE, TRUNCATE, RENAME, UNLINK, MKDIR, SYNC, ALLOCATE, OPS };
static const char *const names[OPS] = {0, "open", "write", "truncate", "rename", "unlink", "mkdir", "sync", "allocate"};

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char *paths[FDS];
static const char *root, *what, *filter, *ops, *control;
static long at, seen, sticky, quota = -1, grown;
static int record = -1, ready;

static int (*real_open)(const char *, int, ...), (*real_open64)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...), (*real_openat64)(int, const char *, int, ...);
static int (*real_close)(int), (*real_fsync)(int), (*real_fdatasync)(int);
static ssize_t (*real_write)(int, const void *, size_t), (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t), (*real_writev)(int, const struct iovec *, int);
static int (*real_ftruncate)(int, off_t), (*real_ftruncate64)(int, off64_t);
static int (*real_rename)(const char *, const char *), (*real_unlink)(const char *), (*real_mkdir)(const char *, mode_t);
static int (*real_fallocate)(int, int, off_t, off_t), (*real_fallocate64)(int, int, off64_t, off64_t);
static int (*real_posix_fallocate)(int, off_t, off_t), (*real_posix_fallocate64)(int, off64_t, off64_t);

static void begin(void) {
  if (ready) return;
  ready = 1;
  NEXT(open); NEXT(write); NEXT(close);
  root = getenv("FAULT_ROOT");
  what = getenv("FAULT_DO");
  filter = getenv("FAULT_PATH");
  ops = getenv("FAULT_OPS");
  control = getenv("FAULT_SWITCH");
  at = getenv("FAULT_AT") ? atol(getenv("FAULT_AT")) : 0;
  sticky = getenv("FAULT_STICKY") != NULL;
  quota = getenv("FAULT_QUOTA") ? atol(getenv("FAULT_QUOTA")) : -1;
  const char *log = getenv("FAULT_LOG");
  if (log) record = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int below(const char *path) { return root && path && strncmp(path, root, strlen(root)) == 0; }
static const char *of(int fd) { return fd >= 0 && fd < FDS ? paths[fd] : NULL; }
static int switched(void) { return !control || access(control, F_OK) == 0; }
static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

static uint64_t inode(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

// One record: kind, inode, offset, length of octets, lengths of both paths, paths, octets.
static void note(enum op kind, uint64_t ino, uint64_t offset, const char *path, const char *other, const void *octets, uint64_t length) {
  if (record < 0) return;
  struct { uint32_t kind, path, other, pad; uint64_t ino, offset, length; } head = {kind, strlen(path), other ? strlen(other) : 0, 0, ino, offset, octets ? length : 0};
  struct iovec parts[4] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)other, head.other}, {(void *)octets, head.length}};
  NEXT(writev);
  if (real_writev(record, parts, 4) < 0) die();
}

// 0: go on; otherwise the errno to fail with, or -1 for half a write. Called with the lock held.
static int broken(enum op kind, const char *path) {
  if (!what || !at || !switched()) return 0;
  if (ops && !strstr(ops, names[kind])) return 0;
  if (filter && !strstr(path, filter)) return 0;
  seen++;
  if (seen != at && !(sticky && seen > at)) return 0;
  if (!strcmp(what, "kill")) die();
  if (!strcmp(what, "eio")) return EIO;
  if (!strcmp(what, "enospc")) return ENOSPC;
  if (!strcmp(what, "eintr")) return EINTR;
  if (!strcmp(what, "erofs")) return EROFS;
  if (!strcmp(what, "emfile")) return EMFILE;
  return -1;
}

static void after(void) {
  if (what && at && seen == at && !strcmp(what, "kill-after")) die();
}

#define FAIL(code) do { pthread_mutex_unlock(&lock); errno = (code); return -1; } while (0)

static int opened(int fd, const char *path, int flags, int existed) {
  if (fd >= 0 && fd < FDS) {
    free(paths[fd]);
    paths[fd] = strdup(path);
    if ((flags & O_CREAT) && !existed) note(OPEN, inode(fd), 0, path, NULL, NULL, 0);
    else if (flags & O_TRUNC) note(TRUNCATE, inode(fd), 0, path, NULL, NULL, 0);
  }
  return fd;
}

static int open_any(int (*call)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  begin();
  if (!below(path)) return call(path, flags, mode);
  pthread_mutex_lock(&lock);
  int existed = access(path, F_OK) == 0, fault = (flags & O_CREAT) && !existed ? broken(OPEN, path) : 0;
  if (fault > 0) FAIL(fault);
  int fd = opened(call(path, flags, mode), path, flags, existed);
  if ((flags & O_CREAT) && !existed) after();
  pthread_mutex_unlock(&lock);
  return fd;
}

#define MODE mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }
int open(const char *path, int flags, ...) { MODE return open_any(NEXT(open), path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return open_any(NEXT(open64), path, flags, mode); }
int openat(int dir, const char *path, int flags, ...) { MODE if (path[0] == '/') return open_any(NEXT(open), path, flags, mode); NEXT(openat); return real_openat(dir, path, flags, mode); }
int openat64(int dir, const char *path, int flags, ...) { MODE if (path[0] == '/') return open_any(NEXT(open), path, flags, mode); NEXT(openat64); return real_openat64(dir, path, flags, mode); }

int close(int fd) {
  begin();
  pthread_mutex_lock(&lock);
  if (fd >= 0 && fd < FDS && paths[fd]) { free(paths[fd]); paths[fd] = NULL; }
  int result = real_close(fd);
  pthread_mutex_unlock(&lock);
  return result;
}

static ssize_t write_any(int fd, const void *octets, size_t length, off64_t offset, int moves) {
  const char *path = of(fd);
  pthread_mutex_lock(&lock);
  int fault = broken(WRITE, path);
  if (fault > 0) FAIL(fault);
  size_t wanted = fault < 0 && length > 1 ? length / 2 : length;
  if (moves) offset = lseek64(fd, 0, SEEK_CUR);
  if (quota >= 0 && switched()) {
    struct stat status;
    long more = fstat(fd, &status) == 0 && offset + (off64_t)wanted > status.st_size ? offset + (off64_t)wanted - status.st_size : 0;
    if (grown + more > quota) FAIL(ENOSPC);
    grown += more;
  }
  NEXT(pwrite64);
  ssize_t done = moves ? real_write(fd, octets, wanted) : real_pwrite64(fd, octets, wanted, offset);
  if (done > 0) note(WRITE, inode(fd), offset, path, NULL, octets, done);
  after();
  pthread_mutex_unlock(&lock);
  return done;
}

ssize_t write(int fd, const void *octets, size_t length) {
  begin();
  if (!of(fd)) return real_write(fd, octets, length);
  return write_any(fd, octets, length, 0, 1);
}
ssize_t pwrite(int fd, const void *octets, size_t length, off_t offset) {
  begin();
  if (!of(fd)) { NEXT(pwrite); return real_pwrite(fd, octets, length, offset); }
  return write_any(fd, octets, length, offset, 0);
}
ssize_t pwrite64(int fd, const void *octets, size_t length, off64_t offset) {
  begin();
  if (!of(fd)) { NEXT(pwrite64); return real_pwrite64(fd, octets, length, offset); }
  return write_any(fd, octets, length, offset, 0);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  begin();
  NEXT(writev);
  if (!of(fd)) return real_writev(fd, parts, count);
  return count > 0 ? write_any(fd, parts[0].iov_base, parts[0].iov_len, 0, 1) : 0;
}

static int truncate_any(int fd, off64_t length) {
  const char *path = of(fd);
  pthread_mutex_lock(&lock);
  int fault = broken(TRUNCATE, path);
  if (fault > 0) FAIL(fault);
  NEXT(ftruncate64);
  int result = real_ftruncate64(fd, length);
  if (result == 0) note(TRUNCATE, inode(fd), length, path, NULL, NULL, 0);
  after();
  pthread_mutex_unlock(&lock);
  return result;
}
int ftruncate(int fd, off_t length) { begin(); if (of(fd)) return truncate_any(fd, length); NEXT(ftruncate); return real_ftruncate(fd, length); }
int ftruncate64(int fd, off64_t length) { begin(); if (of(fd)) return truncate_any(fd, length); NEXT(ftruncate64); return real_ftruncate64(fd, length); }

static int sync_any(int (*call)(int), int fd) {
  const char *path = of(fd);
  pthread_mutex_lock(&lock);
  int fault = broken(SYNC, path);
  if (fault > 0) FAIL(fault);
  int result = call(fd);
  if (result == 0) note(SYNC, inode(fd), 0, path, NULL, NULL, 0);
  after();
  pthread_mutex_unlock(&lock);
  return result;
}
int fsync(int fd) { begin(); NEXT(fsync); return of(fd) ? sync_any(real_fsync, fd) : real_fsync(fd); }
int fdatasync(int fd) { begin(); NEXT(fdatasync); return of(fd) ? sync_any(real_fdatasync, fd) : real_fdatasync(fd); }

static uint64_t inode_at(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 ? status.st_ino : 0;
}
int rename(const char *from, const char *to) {
  begin();
  NEXT(rename);
  if (!below(to)) return real_rename(from, to);
  pthread_mutex_lock(&lock);
  int fault = broken(RENAME, to);
  if (fault > 0) FAIL(fault);
  int result = real_rename(from, to);
  if (result == 0) note(RENAME, inode_at(to), 0, from, to, NULL, 0);
  after();
  pthread_mutex_unlock(&lock);
  return result;
}
int unlink(const char *path) {
  begin();
  NEXT(unlink);
  if (!below(path)) return real_unlink(path);
  pthread_mutex_lock(&lock);
  int fault = broken(UNLINK, path);
  if (fault > 0) FAIL(fault);
  int result = real_unlink(path);
  if (result == 0) note(UNLINK, 0, 0, path, NULL, NULL, 0);
  after();
  pthread_mutex_unlock(&lock);
  return result;
}
int mkdir(const char *path, mode_t mode) {
  begin();
  NEXT(mkdir);
  if (!below(path)) return real_mkdir(path, mode);
  pthread_mutex_lock(&lock);
  int fault = broken(MKDIR, path);
  if (fault > 0) FAIL(fault);
  int result = real_mkdir(path, mode);
  if (result == 0) note(MKDIR, inode_at(path), 0, path, NULL, NULL, 0);
  after();
  pthread_mutex_unlock(&lock);
  return result;
}

// A reservation: its room counts against the quota; only the length matters to what a crash leaves.
static int allocate(int fd, int mode, off64_t offset, off64_t length) {
  const char *path = of(fd);
  pthread_mutex_lock(&lock);
  int fault = broken(ALLOCATE, path);
  if (fault > 0) FAIL(fault);
  if (quota >= 0 && switched()) {
    struct stat status;
    long more = fstat(fd, &status) == 0 && offset + length > status.st_size ? offset + length - status.st_size : 0;
    if (grown + more > quota) FAIL(ENOSPC);
    grown += more;
  }
  NEXT(fallocate64);
  int result = real_fallocate64(fd, mode, offset, length);
  struct stat status;
  if (result == 0 && fstat(fd, &status) == 0) note(TRUNCATE, status.st_ino, status.st_size, path, NULL, NULL, 0);
  after();
  pthread_mutex_unlock(&lock);
  return result;
}
int fallocate(int fd, int mode, off_t offset, off_t length) { begin(); if (of(fd)) return allocate(fd, mode, offset, length); NEXT(fallocate); return real_fallocate(fd, mode, offset, length); }
int fallocate64(int fd, int mode, off64_t offset, off64_t length) { begin(); if (of(fd)) return allocate(fd, mode, offset, length); NEXT(fallocate64); return real_fallocate64(fd, mode, offset, length); }
int posix_fallocate(int fd, off_t offset, off_t length) { begin(); if (of(fd)) return allocate(fd, 0, offset, length) == 0 ? 0 : errno; NEXT(posix_fallocate); return real_posix_fallocate(fd, offset, length); }
int posix_fallocate64(int fd, off64_t offset, off64_t length) { begin(); if (of(fd)) return allocate(fd, 0, offset, length) == 0 ? 0 : errno; NEXT(posix_fallocate64); return real_posix_fallocate64(fd, offset, length); }
