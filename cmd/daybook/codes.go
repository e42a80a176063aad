package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/domain"
)

func (p *program) codesCommand() *cobra.Command {
	var dialogue, devices string
	var count int
	c := args(&cobra.Command{
		Use:   "codes --dialogue DIALOGUE --count N",
		Short: "Make the random codes under which people answer, and the commitment to them",
		Long: `Makes N random pseudonyms for the ballots of a dialogue, and the commitment that open-session wants: codesCommitment, with N as issuedCodes.
Each pseudonym comes with the proof that it is one of them. Both are printed on a person's sheet, or put into a QR code, and sent along with
the first answer (cast-ballot: pseudonym, issued). Several sessions of a dialogue can have the same codes.

With --devices FILE the commitment holds the pseudonyms of devices besides, one a line as 'daybook ballot key' prints them: whoever has such a
device answers under its own pseudonym, signs, and needs no code.

Nothing is written anywhere: whoever has the output can answer in other people's names, so keep it like the sheets themselves, and
write down nowhere who got which.`,
		Example: "  daybook codes --dialogue dl_FR --count 100 -o csv\n  daybook codes --dialogue dl_FR --count 100 -o json\n  daybook codes --dialogue dl_FR --devices devices.txt -o json",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		known, err := readPseudonyms(devices)
		if err != nil {
			return err
		}
		if all := count + len(known); count < 0 || all < 1 || all > domain.MaxCodes {
			return usageError{hint(fmt.Errorf("--count %d: make 1 to %d codes", count, domain.MaxCodes), c)}
		}
		if err := domain.CheckID("dialogue", domain.DialogueID(dialogue)); err != nil {
			return usageError{hint(fmt.Errorf("--dialogue: %w", err), c)}
		}
		return p.codes(domain.DialogueID(dialogue), count, known)
	}
	c.Flags().StringVar(&devices, "devices", "", "a file with the pseudonyms of devices, one a line, to commit to besides")
	c.Flags().StringVar(&dialogue, "dialogue", "", "the dialogue in which the codes are used")
	c.Flags().IntVar(&count, "count", 0, "how many codes: no fewer than people will come")
	return c
}

// issuedCodes are the codes of a dialogue: the two members that open-session wants, and the codes themselves.
type issuedCodes struct {
	Dialogue        domain.DialogueID `json:"dialogue"`
	IssuedCodes     int               `json:"issuedCodes"`
	CodesCommitment domain.Digest     `json:"codesCommitment"`
	Codes           []codeRow         `json:"codes"`
}

// codeRow is one code: the two members that the first cast-ballot wants.
type codeRow struct {
	Pseudonym domain.Pseudonym `json:"pseudonym"`
	Issued    domain.CodeProof `json:"issued"`
}

// readPseudonyms reads the pseudonyms of devices, one a line, each once. No file has none.
func readPseudonyms(path string) (all []domain.Pseudonym, err error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	seen := map[domain.Pseudonym]bool{}
	for i, word := range strings.Fields(string(text)) {
		one := domain.Pseudonym(word)
		if !one.OfDevice() || len(one) != len(domain.DevicePseudonym(domain.DeviceKey{})) {
			return nil, fmt.Errorf("%s: %.40q, number %d, is not the pseudonym of a device", path, word, i+1)
		}
		if seen[one] {
			return nil, fmt.Errorf("%s: %s stands twice", path, one)
		}
		seen[one], all = true, append(all, one)
	}
	return all, nil
}

// codes makes so many codes, and commits to them and to known devices.
func (p *program) codes(dialogue domain.DialogueID, count int, known []domain.Pseudonym) error {
	count += len(known)
	pseudonyms := slices.Clone(known)
	seen := make(map[domain.Pseudonym]bool, count)
	for len(pseudonyms) < count {
		if one := randomPseudonym(); !seen[one] {
			seen[one] = true
			pseudonyms = append(pseudonyms, one)
		}
	}
	root, proofs := domain.SealCodes(dialogue, pseudonyms)
	made := issuedCodes{Dialogue: dialogue, IssuedCodes: count, CodesCommitment: root, Codes: make([]codeRow, count)}
	for i, one := range pseudonyms { // as they were made, not in the order of the tree
		made.Codes[i] = codeRow{one, proofs[one]}
	}
	p.say("open-session: issuedCodes %d, codesCommitment %s", count, root)
	return printRows(p, made, made.Codes, table.Row{"pseudonym", "index", "path", "issuedCodes", "codesCommitment"}, func(r codeRow) table.Row {
		path := make([]string, len(r.Issued.Path))
		for i, d := range r.Issued.Path {
			path[i] = d.String()
		}
		return table.Row{r.Pseudonym, r.Issued.Index, strings.Join(path, " "), count, root}
	})
}

// randomPseudonym is 80 random bits in small letters and digits: nobody guesses one, and it never looks like a table's.
func randomPseudonym() domain.Pseudonym {
	return domain.Pseudonym(strings.ToLower(rand.Text()[:16]))
}
