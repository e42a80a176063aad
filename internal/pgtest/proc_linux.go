package pgtest

import "syscall"

// attributes of the server's process: it ends with ours, even if that is killed, and Ctrl-C in the terminal is not for it.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGQUIT, Setpgid: true}
}

// memory is where files lie in memory, empty where there is no room for some databases. A copy of one takes a tenth of the time there that it takes on a busy disk.
func memory() string {
	const dir = "/dev/shm"
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < 1<<30 {
		return ""
	}
	return dir
}
