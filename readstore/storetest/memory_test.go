package storetest_test

import (
	"testing"

	"daybook.internal/readstore"
	"daybook.internal/readstore/storetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) readstore.Store {
		m := storetest.NewMemory()
		t.Cleanup(func() { _ = m.Close() })
		return m
	})
}
