package commands

import (
	"context"

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
