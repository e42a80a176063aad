package commands

import (
	"context"
	"reflect"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/vault"
)

// ReadContent is for the tests that read content without running it.
var ReadContent = readContent

// NewOverlay is for the contract of ledgers.
func NewOverlay(ctx context.Context, below ledger.Reader) (ledger.Ledger, error) {
	return newOverlay(ctx, below)
}

// NewOverlayVault is for what is expected of vaults.
func NewOverlayVault(below vault.Vault) vault.Vault { return newOverlayVault(below) }

// CommandOf is a command that nobody can run, with content of type C.
func CommandOf[C any]() Command {
	return Command{Name: "test", About: "be looked at", content: reflect.TypeFor[C]()}
}

// ContentOf is what a command's content is read into.
func (c Command) ContentOf() any { return reflect.New(c.content).Interface() }

// WaitsAt is how many commands wait at the door of a dialogue or a recommendation.
func (s *Service) WaitsAt(stream domain.StreamID) int { return s.doors.waits(stream) }
