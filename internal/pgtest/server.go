package pgtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Options say how a server runs. The zero value is what most tests want: quick, and of no use after a crash.
type Options struct {
	Durable  bool     // writes as a real one does, so that it can be killed and started again
	Dir      string   // where its files lie; empty: in memory where there is room, otherwise among the temporary files
	Disk     bool     // with that, on the disk in any case: what is measured is to be true
	Settings []string // further lines for postgresql.conf: "max_wal_size=32MB"
}

// A Server is one running PostgreSQL with a folder of its own. It listens on a socket in that folder and nowhere else, so that no two of them collide.
type Server struct {
	bin      binaries
	dir      string
	as       *syscall.Credential // whose processes they are; nil: ours
	settings []string
	lock     *os.File // held while this process lives, see sweep

	mu      sync.Mutex
	running *exec.Cmd     // nil while it does not; guarded by mu
	ended   chan struct{} // closed when that has; guarded by mu
}

var quick = []string{"fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"}

// launch makes a server of its own and starts it.
func launch(o Options) (_ *Server, err error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, settings: append([]string{
		"shared_buffers=32MB", "max_connections=200", "wal_level=minimal", "max_wal_senders=0", "log_min_messages=warning", "max_worker_processes=2",
	}, o.Settings...)}
	if !o.Durable {
		s.settings = append(s.settings, quick...)
	}
	if s.as, err = unprivileged(); err != nil {
		return nil, err
	}
	if o.Dir == "" {
		if o.Dir = parent(); !o.Disk {
			o.Dir = cmp.Or(memory(), o.Dir)
		}
		sweep(o.Dir)
	}
	if s.dir, s.lock, err = folder(o.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.remove())
		}
	}()
	if s.as != nil {
		if err := errors.Join(os.Chmod(s.dir, 0o755), os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid))); err != nil {
			return nil, err
		}
	}
	if out, err := s.command("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-instructions", "--no-sync").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return s, s.Start()
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// command runs one of the binaries, as root in somebody else's name: PostgreSQL refuses to run as root.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin.dir, name), args...)
	c.Dir, c.Env = s.dir, []string{"LC_ALL=C", "TZ=UTC", "PATH=" + os.Getenv("PATH"), "HOME=" + s.dir}
	c.SysProcAttr = attributes(s.as)
	return c
}

// unprivileged is in whose name the server runs where we are root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres and no user nobody")
}

// Start starts the server again after Kill or Stop, and waits until it answers. Whoever was killed may take a moment to be gone; it is waited for.
func (s *Server) Start() error {
	by := time.Now().Add(60 * time.Second)
	for {
		err := s.startOnce(by)
		if err == nil || time.Now().After(by) || !s.blocked() {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// blocked tells whether a process of an earlier life stood in the way.
func (s *Server) blocked() bool {
	log, _ := os.ReadFile(s.log())
	return strings.Contains(string(log), "is still in use") || strings.Contains(string(log), "already exists")
}

func (s *Server) startOnce(by time.Time) error {
	args := []string{"-D", s.data(), "-k", s.dir, "-h", ""}
	for _, line := range s.settings {
		args = append(args, "-c", line)
	}
	log, err := os.Create(s.log())
	if err != nil {
		return err
	}
	defer log.Close()
	c := s.command("postgres", args...)
	c.Stdout, c.Stderr = log, log
	began, ended := make(chan error), make(chan struct{})
	go func() { // the kernel ends the server when the thread that started it ends
		runtime.LockOSThread()
		defer runtime.UnlockOSThread() // else the thread ends with this goroutine, and with it whatever else it has ever started
		began <- c.Start()
		_ = c.Wait()
		close(ended)
	}()
	if err := <-began; err != nil {
		return err
	}
	s.mu.Lock()
	s.running, s.ended = c, ended
	s.mu.Unlock()
	if err := s.answers(by, ended); err != nil {
		said, _ := os.ReadFile(s.log())
		s.signal(syscall.SIGKILL)
		return fmt.Errorf("postgres did not start: %w\n%s", err, said)
	}
	return nil
}

func (s *Server) log() string { return filepath.Join(s.dir, "log") }

// answers waits until the server takes connections.
func (s *Server) answers(by time.Time, ended chan struct{}) error {
	ctx, cancel := context.WithDeadline(context.Background(), by)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.DSN("postgres", "postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code != "57P03" { // it is not yet ready
			return err
		}
		select {
		case <-ended:
			return errors.New("it ended")
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// signal sends sig to the server and waits until it has ended.
func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	running, ended := s.running, s.ended
	s.running = nil
	s.mu.Unlock()
	if running == nil {
		return
	}
	_ = running.Process.Signal(sig) // it may have ended
	<-ended
}

// Kill ends the server as kill -9 does: it has no time for anything. Its sessions end by themselves, a moment later.
func (s *Server) Kill() { s.signal(syscall.SIGKILL) }

// Stop ends the server at once and in order enough for it to start again.
func (s *Server) Stop() { s.signal(syscall.SIGQUIT) }

// remove lets go of everything.
func (s *Server) remove() error {
	s.Stop()
	return errors.Join(os.RemoveAll(s.dir), s.lock.Close())
}

// Data is the folder in which the server keeps its files.
func (s *Server) Data() string { return s.data() }

// DSN is how a role connects to a database of the server.
func (s *Server) DSN(role, database string) string {
	return fmt.Sprintf("host=%s user=%s dbname=%s", s.dir, role, database)
}

// Tool is one of the programs that come with a server, "psql", or where this one came without, that in the PATH.
func (s *Server) Tool(name string, args ...string) *exec.Cmd {
	c := s.command(name, args...)
	if _, err := os.Stat(c.Path); err != nil {
		if path, err := exec.LookPath(name); err == nil {
			c.Path = path
		}
	}
	c.Env = append(c.Env, "PGHOST="+s.dir)
	return c
}
