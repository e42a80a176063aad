package storetest_test

import (
	"testing"

	"daybook.internal/readstore"
	"daybook.internal/readstore/storetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T) *storetest.Memory {
		m := storetest.NewMemory()
		t.Cleanup(func() { _ = m.Close() })
		return m
	}
	storetest.Run(t, func(t *testing.T) readstore.Store { return open(t) })
	storetest.RunRenew(t, func(t *testing.T) readstore.Renewer { return open(t) })
}
