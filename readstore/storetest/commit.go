package storetest

import (
	"testing"

	"daybook.internal/projections"
	"github.com/stretchr/testify/require"
)

func testCommit(t *testing.T, open func(t *testing.T) bundle) {
	t.Run("what was committed is got and loaded", func(t *testing.T) {
		b := open(t)
		d := doc(v1, "a", 3, `{"n":1}`)
		b.commit(v1, 0, 7, d)
		b.serve(v1)
		b.requireGet(v1.View, "a", &d)
		b.requireServed(v1.View, 1, 7)
		b.requireBuild(v1, 7, map[string]string{"a": `{"n":1}`, "b": ""})
	})
	t.Run("a later commit replaces what it names and nothing else", func(t *testing.T) {
		b := open(t)
		a, other := doc(v1, "a", 1, "old"), doc(v1, "b", 1, "stays")
		b.commit(v1, 0, 1, a, other)
		b.serve(v1)
		changed := doc(v1, "a", 5, "new and longer")
		b.commit(v1, 1, 5, changed)
		b.requireGet(v1.View, "a", &changed)
		b.requireGet(v1.View, "b", &other)
		b.requireServed(v1.View, 1, 5)
	})
	t.Run("a commit without documents moves the cursor", func(t *testing.T) {
		b := open(t)
		b.commit(v1, 0, 4)
		b.commit(v1, 4, 9)
		b.requireBuild(v1, 9, nil)
	})
	t.Run("views do not touch each other", func(t *testing.T) {
		b := open(t)
		mine, other := doc(v1, "same key", 1, "mine"), doc(o1, "same key", 2, "other")
		b.commit(v1, 0, 1, mine)
		b.commit(o1, 0, 2, other)
		b.serve(v1)
		b.serve(o1)
		b.requireGet(v1.View, "same key", &mine)
		b.requireGet(o1.View, "same key", &other)
		b.requireServed(v1.View, 1, 1)
		b.requireServed(o1.View, 1, 2)
	})
	t.Run("a document of another build is refused with all the others", func(t *testing.T) {
		b := open(t)
		require.Error(t, b.Commit(t.Context(), v1, at(0), at(1), append(docs(v1, "a"), docs(o1, "a")...)))
		require.Error(t, b.Commit(t.Context(), v1, at(0), at(1), append(docs(v1, "a"), docs(v2, "a")...)))
		b.requireBuild(v1, 0, map[string]string{"a": ""})
		b.requireBuild(v2, 0, map[string]string{"a": ""})
		b.requireBuild(o1, 0, map[string]string{"a": ""})
	})
	t.Run("a thousand documents", func(t *testing.T) {
		b := open(t)
		all := docs(v1, numbered(1000)...)
		b.commit(v1, 0, 1000, all...)
		b.serve(v1)
		require.Equal(t, all, b.list(t.Context(), v1.View, "", 0))
		_, err := b.Get(t.Context(), projections.Ref{View: v1.View, Key: "k1000"})
		require.Error(t, err)
	})
}
