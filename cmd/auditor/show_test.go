package main

import (
	"os"
	"testing"

	"daybook.internal/replay/verify/verifytest"
	"daybook.internal/simulate"
)

func TestShow(t *testing.T) {
	if os.Getenv("SHOW") == "" {
		t.Skip()
	}
	l := verifytest.Edition(t, verifytest.Small)
	b := l.Bundle(t)
	os.RemoveAll(os.Getenv("SHOW"))
	os.MkdirAll(os.Getenv("SHOW"), 0o755)
	os.CopyFS(os.Getenv("SHOW")+"/b", os.DirFS(b.Dir(t)))
	os.WriteFile(os.Getenv("SHOW")+"/key", []byte(l.Keys.Key+"\n"), 0o644)
	os.WriteFile(os.Getenv("SHOW")+"/policy", []byte(l.Keys.PolicyText()), 0o644)
	os.WriteFile(os.Getenv("SHOW")+"/pin", l.Head(t, 1000), 0o644)
	os.WriteFile(os.Getenv("SHOW")+"/annex", l.Annex(), 0o644)
}

func TestShowBig(t *testing.T) {
	dir := os.Getenv("SHOWBIG")
	if dir == "" {
		t.Skip()
	}
	l := verifytest.Edition(t, simulate.Options{Seed: 1, Countries: 72, Citizens: 100, Online: 50})
	t.Log(len(l.Records))
	b := l.Bundle(t)
	os.RemoveAll(dir)
	os.MkdirAll(dir, 0o755)
	os.CopyFS(dir+"/b", os.DirFS(b.Dir(t)))
	os.WriteFile(dir+"/key", []byte(l.Keys.Key+"\n"), 0o644)
	os.WriteFile(dir+"/policy", []byte(l.Keys.PolicyText()), 0o644)
	os.WriteFile(dir+"/annex", l.Annex(), 0o644)
}
