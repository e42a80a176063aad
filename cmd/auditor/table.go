package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"daybook.internal/replay/verify"
)

// table writes a report for people.
func table(w io.Writer, r verify.Report, where string, took time.Duration) {
	fmt.Fprintf(w, "%-10s %s\n%-10s %s\n", "log", r.Log, "from", where)
	if r.Root != "" {
		fmt.Fprintf(w, "%-10s %s events, root %s\n", "head", number(r.Size), r.Root)
	}
	fmt.Fprintf(w, "%-10s %s events and %s documents in %.1f s\n\n", "read", number(r.Events), number(r.Documents), took.Seconds())
	for _, c := range r.Checks {
		count := ""
		if c.Count > 0 {
			count = number(c.Count)
		}
		about := c.About
		if c.Detail != "" {
			about += ": " + c.Detail
		}
		fmt.Fprintf(w, "%-8s %-10s %10s  %s\n", marks[c.Outcome], c.Check, count, about)
	}
	fmt.Fprintln(w)
	for _, n := range r.Notices {
		fmt.Fprintf(w, "notice: %s  %s\n    %s\n", n.Notice, n.Where, n.Text)
	}
	if len(r.Notices) > 0 {
		fmt.Fprintln(w)
	}
	findings := slices.Clone(r.Findings)
	slices.SortStableFunc(findings, func(a, b verify.Finding) int { return strings.Compare(a.Finding, b.Finding) })
	last := map[string]int{}
	for i, f := range findings {
		last[f.Finding] = i
	}
	for i, f := range findings {
		fmt.Fprintf(w, "%s  %s\n    %s\n", f.Finding, f.Where, f.Problem)
		for _, signed := range f.Proof {
			fmt.Fprintf(w, "\n    | %s\n", strings.ReplaceAll(strings.TrimSuffix(signed, "\n"), "\n", "\n    | "))
		}
		if len(f.Proof) > 0 {
			fmt.Fprintf(w, "\n    These notes are the proof: with the log's key, anybody can see that it signed them.\n\n")
		}
		if shown := shownOf(r, f.Finding); i == last[f.Finding] && r.Found[f.Finding] > shown {
			fmt.Fprintf(w, "%s  and %s more\n", f.Finding, number(r.Found[f.Finding]-shown))
		}
	}
	if len(r.Findings) > 0 {
		fmt.Fprintln(w)
	}
	switch r.Verdict {
	case verify.Verified:
		fmt.Fprintln(w, "VERIFIED: everything that was asked was checked, and nothing was found.")
		if !passed(r, "witnesses") && !passed(r, "pin") {
			fmt.Fprintln(w, "Without --policy and --pin, a log that was rewritten as a whole and signed again looks like this, too.")
		}
	case verify.Found:
		fmt.Fprintf(w, "NOT AS IT MUST BE: %s. docs/verify.md says what each means and what to do.\n", kinds(r))
	case verify.NotVerified:
		fmt.Fprintln(w, "NOT VERIFIED: nothing was found, but what is marked NOT DONE could not be checked.")
	}
}

func passed(r verify.Report, check string) bool {
	return slices.ContainsFunc(r.Checks, func(c verify.Check) bool { return c.Check == check && c.Outcome == verify.Passed })
}

var marks = map[verify.Outcome]string{verify.Passed: "ok", verify.Finds: "FINDING", verify.NotDone: "NOT DONE", verify.NotAsked: "-"}

func shownOf(r verify.Report, name string) (n uint64) {
	for _, f := range r.Findings {
		if f.Finding == name {
			n++
		}
	}
	return n
}

// kinds counts findings by name.
func kinds(r verify.Report) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(r.Found)) {
		all = append(all, fmt.Sprintf("%s %s", number(r.Found[name]), name))
	}
	return strings.Join(all, ", ")
}

// number has a comma after each three digits.
func number(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
