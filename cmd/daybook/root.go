package main

import (
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// program is what every subcommand shares: where data and words go, and the flags that all of them take.
type program struct {
	out, err io.Writer
	output   string
	quiet    bool
	vaultKey string
	engines  engines
}

const exitCodesHelp = `Exit codes of every daybook command:

    0  done
    1  failed; the message on stderr says why
    2  the command line is wrong
    3  verification found a violation: stored bytes or served documents are not what they should be.
       It never means "could not check"
  130  interrupted; what was acknowledged is kept, and running the command again goes on from there`

func newRoot(out, err io.Writer) *cobra.Command {
	p := &program{out: out, err: err}
	root := &cobra.Command{
		Use:   "daybook",
		Short: "The deliberation ledger: every step of a dialogue recorded, every number replayable",
		Long: `daybook is the deliberation ledger: it records a citizens' dialogue as immutable events, serves the views that follow from them,
and lets anybody replay how each number and each recommendation came about.

Data goes to stdout, words and progress to stderr. A data directory holds ledger.db (the record; keep it safe), vault.db (participants' words, sealed, which
may be erased), vault.key (without which nobody reads them; keep it elsewhere than the backups), views.db (follows from the ledger; may be deleted
at any time), log.key (signs the published log; keep it secret), head (what was signed last), access/ (what tokens and API
keys need; keep it secret), log/ (the published log; follows from the ledger, too), and reactors.json and
reactors.db (to whom events are delivered, and how far that has come). --ledger, --store and --vault put record, views and words elsewhere, into KurrentDB and
PostgreSQL (docs/operations.md); then it holds the rest, and ledger.count (which may be deleted at any time).`,
		Example: `  daybook serve --data ./data --demo
  daybook import polis exports/brexit-consensus --data ./data
  daybook view get conversation brexit-consensus --data ./data -o json
  daybook replay --data ./data`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			c.SetContext(p.withEngines(p.withVaultKey(c.Context())))
			return p.checkOutput()
		},
	}
	root.SetOut(out)
	root.SetErr(err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{hint(err, c)}
	})
	root.PersistentFlags().StringVarP(&p.output, "output", "o", "table", "form of the data on stdout: table, json, ndjson or csv")
	root.PersistentFlags().StringVar(&p.vaultKey, "vault-key", "", vaultKeyHelp)
	root.PersistentFlags().BoolVarP(&p.quiet, "quiet", "q", false, "no words and no progress on stderr")
	root.AddCommand(
		p.serveCommand(),
		p.readyCommand(),
		p.importCommand(),
		p.viewCommand(),
		p.replayCommand(),
		p.rebuildCommand(),
		p.explainCommand(),
		p.provenanceCommand(),
		p.reportCommand(),
		p.missingCommand(),
		p.runCommand(),
		p.schemaCommand(),
		p.publishCommand(),
		p.keyCommand(),
		p.receiptCommand(),
		p.proofCommand(),
		p.copyCommand(),
		p.esdbCommand(),
		p.backupCommand(),
		p.migrateCommand(),
		p.codesCommand(),
		p.exportCommand(),
		p.releaseCommand(),
		p.ballotCommand(),
		p.tokenCommand(),
		p.apikeyCommand(),
		p.simulateCommand(),
		p.sortitionCommand(),
		p.benchCommand(),
		p.witnessCommand(),
		p.webhookCommand(),
		p.vaultCommand(),
		&cobra.Command{Use: "exit-codes", Short: "What the exit codes mean", Long: exitCodesHelp},
	)
	return root
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return "built from source"
}

// exactArgs and atLeast make a wrong number of arguments a usage error that says what is wanted.
func args(c *cobra.Command, check cobra.PositionalArgs) *cobra.Command {
	c.Args = func(c *cobra.Command, given []string) error {
		if err := check(c, given); err != nil {
			return usageError{hint(err, c)}
		}
		return nil
	}
	return c
}
