package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/admin"
)

func (p *program) readyCommand() *cobra.Command {
	var address string
	c := args(&cobra.Command{
		Use:   "ready --admin ADDR",
		Short: "Ask a running daybook whether it is ready, check by check",
		Long: `Asks the address that 'daybook serve --admin' has opened, and prints each check with what it has seen. It is what a container's health check runs: there is no other
program in the image.

Exit code 0: ready. Exit code 1: not ready, or nobody answers within ten seconds. With -o json: {"ready", "checks": [{"check", "ok", "detail", "seconds"}]}.`,
		Example: "  daybook ready --admin 127.0.0.1:9001",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if address == "" {
			return usageError{hint(errors.New("--admin is missing: the address that 'daybook serve --admin' has opened"), c)}
		}
		r, err := askReady(c.Context(), address)
		if err != nil {
			return err
		}
		err = printRows(p, r, r.Checks, table.Row{"check", "ok", "detail", "seconds"}, func(c admin.Check) table.Row {
			return table.Row{c.Check, c.OK, c.Detail, fmt.Sprintf("%.3f", c.Seconds)}
		})
		if err == nil && !r.Ready {
			err = errors.New("it is not ready")
		}
		return err
	}
	c.Flags().StringVar(&address, "admin", "", "address for operators of the running daybook")
	return c
}

func askReady(ctx context.Context, address string) (r admin.Readiness, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz?verbose", nil)
	if err != nil {
		return r, usageError{fmt.Errorf("--admin %s: %w", address, err)}
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return r, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err == nil && (json.Unmarshal(body, &r) != nil || len(r.Checks) == 0) {
		err = fmt.Errorf("%s answers %s, and is no address for operators of a daybook", address, answer.Status)
	}
	return r, err
}
