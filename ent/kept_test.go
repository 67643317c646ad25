package ent_test

import (
	"sync"
	"testing"

	"portico/ent"
)

type counted struct{ of *ent.Store }

var made = ent.Keep(func(s *ent.Store) *counted { return &counted{s} })

var named = ent.Keep(func(*ent.Store) string { return "standard" })

func TestEachStoreKeepsItsOwn(t *testing.T) {
	one, two := new(ent.Store), new(ent.Store)
	first := made.Of(one)
	if made.Of(one) != first || made.Of(two) == first || made.Of(two).of != two {
		t.Error("stores share what they keep")
	}
	named.Set("given")(one)
	if named.Of(one) != "given" || named.Of(two) != "standard" {
		t.Errorf("%s, %s", named.Of(one), named.Of(two))
	}
	given := &counted{}
	made.SetBy(func(s *ent.Store) *counted { given.of = s; return given })(two)
	if made.Of(two) != given || given.of != two {
		t.Error("not what it was set to")
	}
}

func TestOneOfThoseMadeAtOnceIsKept(t *testing.T) {
	s := new(ent.Store)
	all := make([]*counted, 16)
	var group sync.WaitGroup
	for i := range all {
		group.Go(func() { all[i] = made.Of(s) })
	}
	group.Wait()
	for _, one := range all {
		if one != all[0] {
			t.Fatal("two are in use")
		}
	}
}

func TestACacheIsReadAndWrittenAtOnce(t *testing.T) {
	var c ent.Cache[int, string]
	if v, found := c.Get(1); found || v != "" {
		t.Errorf("%q", v)
	}
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() { c.Put(i%2, "x"); c.Get(i % 2) })
	}
	group.Wait()
	if v, found := c.Get(1); !found || v != "x" {
		t.Errorf("%q", v)
	}
}
