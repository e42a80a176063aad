package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"daybook.internal/internal/pgtest"
)

// composed is compose.yaml as far as it may go: a member that is not here is an error, and so is one that stands twice.
type composed struct {
	Name     string             `yaml:"name"`
	Daybook  service            `yaml:"x-daybook"`
	Engines  map[string]string  `yaml:"x-engines"`
	Services map[string]service `yaml:"services"`
	Networks map[string]struct {
		Internal bool `yaml:"internal"`
	} `yaml:"networks"`
	Volumes map[string]struct{} `yaml:"volumes"`
	Secrets map[string]struct {
		File string `yaml:"file"`
	} `yaml:"secrets"`
}

type service struct {
	Build       string            `yaml:"build"`
	Image       string            `yaml:"image"`
	ReadOnly    bool              `yaml:"read_only"`
	CapDrop     []string          `yaml:"cap_drop"`
	SecurityOpt []string          `yaml:"security_opt"`
	User        string            `yaml:"user"`
	Tmpfs       []string          `yaml:"tmpfs"`
	Command     []string          `yaml:"command"`
	Profiles    []string          `yaml:"profiles"`
	Restart     string            `yaml:"restart"`
	Grace       string            `yaml:"stop_grace_period"`
	ShmSize     string            `yaml:"shm_size"`
	Ports       []string          `yaml:"ports"`
	Networks    []string          `yaml:"networks"`
	Volumes     []string          `yaml:"volumes"`
	Secrets     []string          `yaml:"secrets"`
	Environment map[string]string `yaml:"environment"`
	DependsOn   map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Healthcheck *struct {
		Test     []string `yaml:"test"`
		Interval string   `yaml:"interval"`
		Timeout  string   `yaml:"timeout"`
		Start    string   `yaml:"start_period"`
		Retries  int      `yaml:"retries"`
	} `yaml:"healthcheck"`
}

// TestCompose holds compose.yaml against what can be known without running it: its form, that what it refers to is there, that the commands are ours, and that nothing is open that should not be.
func TestCompose(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	f, err := os.Open(filepath.Join(root, "compose.yaml"))
	require.NoError(t, err)
	defer f.Close()
	decoder := yaml.NewDecoder(f)
	decoder.KnownFields(true)
	var c composed
	require.NoError(t, decoder.Decode(&c))
	require.ErrorIs(t, decoder.Decode(&c), io.EOF)
	require.Subset(t, keys(c.Services), []string{"daybook", "postgres", "kurrentdb", "migrate", "key", "backup"})
	require.Subset(t, keys(c.Services["daybook"].Environment), []string{ledgerEnv, storeEnv, vaultEnv})

	for name, s := range c.Services {
		ours := s.Build == "."
		require.NotEmpty(t, s.Image, name)
		require.NotContains(t, s.Image, "latest", name)
		require.NotEmpty(t, s.Networks, name)
		for _, n := range s.Networks {
			require.Contains(t, c.Networks, n, name)
		}
		for _, port := range s.Ports {
			require.Regexp(t, `^127\.0\.0\.1:\d+:\d+$`, port, "%s is open to this machine alone", name)
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(from, "./") {
				require.FileExists(t, filepath.Join(root, from), name)
				require.True(t, strings.HasSuffix(v, ":ro"), v)
			} else {
				require.Contains(t, c.Volumes, from, name)
			}
		}
		for _, secret := range s.Secrets {
			require.Contains(t, c.Secrets, secret, name)
		}
		for on, how := range s.DependsOn {
			require.Contains(t, c.Services, on, name)
			if how.Condition == "service_completed_successfully" {
				require.Empty(t, c.Services[on].Restart, "%s ends", on)
				continue
			}
			require.Equal(t, "service_healthy", how.Condition)
			require.NotNil(t, c.Services[on].Healthcheck, on)
		}
		for variable := range s.Environment {
			require.False(t, strings.HasSuffix(variable, "PASSWORD"), "%s: secrets are files", name)
		}
		if !ours {
			require.Equal(t, []string{"inside"}, s.Networks, "%s is not reached from outside", name)
			continue
		}
		require.True(t, s.ReadOnly, name)
		requireEngines(t, s)
		require.Equal(t, []string{"ALL"}, s.CapDrop, name)
		require.Equal(t, "65532:65532", s.User, name)
		require.Equal(t, []string{"no-new-privileges:true"}, s.SecurityOpt, name)
		commands := [][]string{s.Command}
		if s.Healthcheck != nil {
			require.Equal(t, []string{"CMD", "/daybook"}, s.Healthcheck.Test[:2], "there is no other program in the image")
			commands = append(commands, s.Healthcheck.Test[2:])
		}
		for _, command := range commands {
			requireCommand(t, command)
		}
	}
	require.True(t, c.Networks["inside"].Internal)
	for _, secret := range c.Secrets {
		require.Regexp(t, `^\./secrets/[a-z_.]+$`, secret.File)
	}
	ignored, err := os.ReadFile(filepath.Join(root, ".dockerignore"))
	require.NoError(t, err)
	require.Subset(t, strings.Split(string(ignored), "\n"), []string{".git", "data", "secrets", "**/*.key", "**/*.db"})
}

// requireEngines says that a service of ours names engines that there are, each by what daybook reads, and has the files that it names.
func requireEngines(t *testing.T, s service) {
	t.Helper()
	for name, address := range s.Environment {
		switch name {
		case ledgerEnv:
			kind, _ := scheme(address)
			require.True(t, isKurrent(kind), address)
		case storeEnv, vaultEnv:
			require.True(t, isDSN(address))
			config, err := pgconn.ParseConfig(address)
			require.NoError(t, err)
			require.Equal(t, "postgres", config.Host)
			require.Empty(t, config.Password)
			file := regexp.MustCompile(`passfile=/run/secrets/(\S+)`).FindStringSubmatch(address)
			require.NotNil(t, file, address)
			require.Contains(t, s.Secrets, file[1])
		default:
			t.Errorf("daybook reads no %s", name)
		}
	}
}

// requireCommand says that a command line is one of ours, with flags that there are.
func requireCommand(t *testing.T, words []string) {
	t.Helper()
	found, rest, err := newRoot(io.Discard, io.Discard).Find(words)
	require.NoError(t, err, words)
	require.NoError(t, found.ParseFlags(rest), words)
	require.NoError(t, found.ValidateArgs(found.Flags().Args()), words)
}

func keys[V any](m map[string]V) (all []string) {
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// TestDockerfile: the image starts one of our commands, as nobody in particular, with nothing else in it.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "Dockerfile"))
	require.NoError(t, err)
	last := string(text[strings.LastIndex(string(text), "\nFROM "):])
	require.True(t, strings.HasPrefix(last, "\nFROM scratch\n"))
	require.Contains(t, last, "\nUSER 65532:65532\n")
	require.NotContains(t, last, "\nRUN ")
	command := regexp.MustCompile(`(?m)^CMD \[(.*)\]$`).FindStringSubmatch(last)
	require.NotNil(t, command)
	var words []string
	for _, w := range strings.Split(command[1], ", ") {
		words = append(words, strings.Trim(w, `"`))
	}
	requireCommand(t, words)
	gomod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(string(gomod))[1]
	require.Contains(t, string(text), "FROM golang:"+version+"-")
}

// TestPostgresInit runs the script that compose.yaml gives to PostgreSQL on a real one. Then the owner migrates the database, and a server may write where it should, and nowhere else.
func TestPostgresInit(t *testing.T) {
	t.Parallel()
	server := pgtest.Launch(t, pgtest.Options{})
	admin := pgtest.Database{Server: server, Name: "postgres"}
	admin.Exec(t, pgtest.Superuser, "DROP DATABASE template_daybook", "DROP ROLE daybook_owner", "DROP ROLE test_writer", "DROP ROLE test_reader", "DROP ROLE daybook_writer", "DROP ROLE daybook_reader") // as new
	secrets := t.TempDir()
	for _, name := range []string{"postgres_owner", "postgres_server"} {
		require.NoError(t, os.WriteFile(filepath.Join(secrets, name), []byte("it's "+name+" \\ $(false) `false`"), 0o600))
	}
	psql := server.Tool("psql")
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	init := exec.CommandContext(t.Context(), "sh", filepath.Join(root, "deploy", "postgres-init.sh"))
	init.Env = append(psql.Env, "PATH="+filepath.Dir(psql.Path)+":"+os.Getenv("PATH"), "PGUSER="+pgtest.Superuser, "SECRETS="+secrets, "ROLES="+filepath.Join(root, "migrations", "roles.sql"))
	said, err := init.CombinedOutput()
	require.NoError(t, err, "%s", said)

	var r migrated
	made := pgtest.Database{Server: server, Name: "daybook"}
	daybook(t, &r, "migrate", "--postgres", made.DSN("daybook_owner"))
	require.NotZero(t, r.Done)
	made.Exec(t, "daybook_server", "SELECT * FROM daybook.docs", "DELETE FROM daybook.builds")
	_, err = made.Connect(t, "daybook_server").Exec(t.Context(), "CREATE TABLE daybook.other(x int)")
	require.ErrorContains(t, err, "permission denied")
	var hashed int
	require.NoError(t, admin.Connect(t, pgtest.Superuser).QueryRow(t.Context(), "SELECT count(*) FROM pg_authid WHERE rolname IN ('daybook_owner', 'daybook_server') AND rolpassword LIKE 'SCRAM-SHA-256$%'").Scan(&hashed))
	require.Equal(t, 2, hashed)
}
