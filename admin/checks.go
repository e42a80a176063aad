package admin

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"daybook.internal/ledger"
	"daybook.internal/vault"
)

// A Check is one thing that has to be so for a daybook to be ready.
type Check struct {
	Check   string  `json:"check"`
	OK      bool    `json:"ok"`
	Detail  string  `json:"detail,omitempty"`  // what was seen, or what is wrong
	Seconds float64 `json:"seconds,omitempty"` // how long the look took
}

// Readiness is the answer of /readyz.
type Readiness struct {
	Ready  bool    `json:"ready"`
	Checks []Check `json:"checks"`
}

// probe looks at one thing. What it says beside an error is left out.
type probe struct {
	name string
	look func(context.Context) (string, error)
}

func (a *Admin) probes() []probe {
	all := []probe{{"ledger", a.lookAtLedger}, {"views", a.lookAtViews}}
	if a.c.Published != nil {
		all = append(all, probe{"checkpoint", a.lookAtHead})
	}
	if a.c.Vault != nil {
		all = append(all, probe{"vault", a.lookAtVault})
	}
	if a.c.Leads != nil {
		all = append(all, probe{"lead", a.lookAtLead})
	}
	return append(all, probe{"running", a.isRunning})
}

// Ready looks at everything, side by side, each for five seconds at most.
func (a *Admin) Ready(ctx context.Context) Readiness {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	probes := a.probes()
	r := Readiness{Ready: true, Checks: make([]Check, len(probes))}
	var all sync.WaitGroup
	for i, p := range probes {
		all.Go(func() {
			began := a.c.Now()
			detail, err := p.look(ctx)
			if err != nil {
				detail = err.Error()
			}
			r.Checks[i] = Check{p.name, err == nil, detail, a.c.Now().Sub(began).Seconds()}
		})
	}
	all.Wait()
	for _, c := range r.Checks {
		r.Ready = r.Ready && c.OK
	}
	return r
}

// lookAtLedger asks for the number of records, and reads the last one: its bytes are those that were written.
func (a *Admin) lookAtLedger(ctx context.Context) (string, error) {
	n, err := a.head(ctx)
	if err != nil || n == 0 {
		return "it is empty", err
	}
	for e, err := range a.c.Ledger.All(ctx, ledger.Cursor{Seq: n - 1}) {
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%d records, the last one is readable", e.Cursor.Seq), nil
	}
	return "", fmt.Errorf("there are %d records, and the last one is not given", n)
}

// lookAtViews says whether all views are served, and how long a record has waited for the one that is furthest behind.
func (a *Admin) lookAtViews(ctx context.Context) (string, error) {
	head, err := a.head(ctx)
	if err != nil {
		return "", fmt.Errorf("how far the ledger has come: %w", err)
	}
	lowest, behind := head, ""
	for _, v := range a.c.Views {
		at, err := a.position(ctx, v.Name)
		if err != nil {
			return "", fmt.Errorf("view %s: %w", v.Name, err)
		}
		if at < lowest {
			lowest, behind = at, v.Name
		}
	}
	if waits := a.waiting(lowest); waits > a.c.ViewsWithin {
		return "", fmt.Errorf("view %s is %d records behind the ledger, the first of which has waited for %.1f s", behind, head-lowest, waits.Seconds())
	}
	return fmt.Sprintf("%d views, %d records behind", len(a.c.Views), head-lowest), nil
}

// lookAtHead says whether the published head covers what was recorded a while ago.
func (a *Admin) lookAtHead(ctx context.Context) (string, error) {
	if _, err := a.head(ctx); err != nil {
		return "", fmt.Errorf("how far the ledger has come: %w", err)
	}
	size, err := a.published()
	if err != nil {
		return "", err
	}
	if waits := a.waiting(size); waits > a.c.HeadWithin {
		return "", fmt.Errorf("the published head has %d records, and what follows has waited for %.1f s", size, waits.Seconds())
	}
	return fmt.Sprintf("a head of %d records is published", size), nil
}

// lookAtLead says who runs the commands. Standing by is nothing wrong: what is served is the same.
func (a *Admin) lookAtLead(context.Context) (string, error) {
	if a.c.Leads() {
		return "this server keeps the views up and runs the commands", nil
	}
	return "this server stands by", nil
}

// lookAtVault asks for an opening that no vault has: there is no event with that id.
func (a *Admin) lookAtVault(ctx context.Context) (string, error) {
	_, err := a.c.Vault.Open(ctx, vault.Place{Field: "none"})
	if errors.Is(err, vault.ErrNotFound) {
		return "it answers", nil
	}
	if err == nil {
		err = errors.New("it has an opening of no event")
	}
	return "", err
}

func (a *Admin) isRunning(context.Context) (string, error) {
	if a.c.Stopping.Err() != nil {
		return "", errors.New("the server is stopping")
	}
	return "", nil
}
