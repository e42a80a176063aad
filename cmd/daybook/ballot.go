package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

func (p *program) ballotCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "ballot",
		Short: "Be a device on which somebody answers: make its key, sign answers",
		Long: `Does what the device of a respondent does, for trying it out and for scripts. A device has an Ed25519 key; its pseudonym derives from the key, so
that whoever commits to the pseudonyms of a session commits to the keys, and nobody who runs a server can make or change an answer.`,
	}
	c.AddCommand(p.ballotKeyCommand(), p.ballotSignCommand())
	return c
}

func (p *program) ballotKeyCommand() *cobra.Command {
	var out string
	c := args(&cobra.Command{
		Use:   "key --out FILE",
		Short: "Make the key of a device, and print its pseudonym",
		Long: `Makes a key, writes it to FILE, which must not be there yet, and prints the pseudonym of the device. The pseudonym goes to whoever opens the
session, for the commitment to the codes; the file stays on the device: whoever has it answers in its name.`,
		Example: "  daybook ballot key --out device.key\n  daybook ballot key --out device.key -o json",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if out == "" {
			return usageError{hint(errors.New("--out: say where the key goes"), c)}
		}
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return err
		}
		if err := writeDevice(out, key); err != nil {
			return err
		}
		type row struct {
			Pseudonym domain.Pseudonym `json:"pseudonym"`
			Device    domain.DeviceKey `json:"device"`
		}
		device := domain.DeviceKey(key.Public().(ed25519.PublicKey))
		made := row{domain.DevicePseudonym(device), device}
		return printRows(p, made, []row{made}, table.Row{"pseudonym", "device"}, func(r row) table.Row { return table.Row{r.Pseudonym, r.Device} })
	}
	c.Flags().StringVar(&out, "out", "", "the file for the key")
	return c
}

func (p *program) ballotSignCommand() *cobra.Command {
	var file string
	var revision int
	c := args(&cobra.Command{
		Use:   "sign --key FILE COMMANDS.ndjson",
		Short: "Sign answers with the key of a device",
		Long: `Reads a file of commands (docs/commands.md), or stdin where it is called "-", whose lines are all cast-ballot, and prints them with the pseudonym,
the key and the signature of the device, ready for 'daybook run' or, their content, for HTTP. An open answer gets a salt, and is signed together with
its command id: send it under that one.

What is signed holds for one place in the record: the first answer of the device to a question in a session and wave is number 1, one that changes it
number 2. --revision is the number that the first answer in the file gets; those to the same question that follow it get the next ones.`,
		Example: "  daybook ballot sign --key device.key vote.ndjson\n  daybook ballot sign --key device.key --revision 2 -",
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		switch {
		case file == "":
			return usageError{hint(errors.New("--key: name the file that 'daybook ballot key' made"), c)}
		case revision < 1:
			return usageError{hint(fmt.Errorf("--revision %d: answers are counted from 1", revision), c)}
		}
		key, err := readDevice(file)
		if err != nil {
			return err
		}
		f, err := openLines(c.Context(), given[0], c.InOrStdin(), false)
		if err != nil {
			return err
		}
		defer f.Close()
		for line, err := range commands.SignLines(f, key, revision, rand.Reader) {
			if err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
			if _, err := fmt.Fprintf(p.out, "%s\n", line); err != nil {
				return err
			}
		}
		return nil
	}
	c.Flags().StringVar(&file, "key", "", "the key of the device")
	c.Flags().IntVar(&revision, "revision", 1, "which answer to its question the first one in the file is")
	return c
}

// deviceKeyPrefix begins the one line of a key file. The seed of RFC 8032 5.1.5 follows, in 64 hexadecimal digits.
const deviceKeyPrefix = "PRIVATE+DEVICE+"

func writeDevice(path string, key ed25519.PrivateKey) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s%x\n", deviceKeyPrefix, key.Seed())
	return errors.Join(err, f.Close())
}

// readDevice reads a key. Its errors do not repeat it.
func readDevice(path string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	digits, ok := strings.CutPrefix(strings.TrimSpace(string(text)), deviceKeyPrefix)
	seed, err := hex.DecodeString(digits)
	if !ok || err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s is not the key of a device: it has one line, %s and %d hexadecimal digits", path, deviceKeyPrefix, 2*ed25519.SeedSize)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}
