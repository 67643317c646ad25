package ent

import "sync"

// Kept is a value that a unit keeps in memory for each store while the store is
// open: a cache or a setting. A unit declares it with [Keep] in a package
// variable; stores share nothing. The declaration of a cache describes how far
// it may be behind the database.
type Kept[T any] struct{ make func(*Store) T }

// Keep declares a value that is kept for each store. It is the result of make,
// which is called at the first use. If several goroutines use it first at the
// same time, make may be called for each of them, and one result is kept.
func Keep[T any](make func(*Store) T) *Kept[T] { return &Kept[T]{make} }

// Of returns the value that is kept for a store.
func (k *Kept[T]) Of(s *Store) T {
	v, found := s.kept.Load(k)
	if !found {
		v, _ = s.kept.LoadOrStore(k, k.make(s))
	}
	return v.(T)
}

// Setting sets a value that a store keeps. It is applied when the store is
// opened; see [Config.Settings].
type Setting func(*Store)

// Set returns the setting that replaces the value that [Keep] declared by
// another one.
func (k *Kept[T]) Set(value T) Setting {
	return func(s *Store) { s.kept.Store(k, value) }
}

// SetBy is like [Kept.Set], with a value that is made for the store when it is
// opened.
func (k *Kept[T]) SetBy(make func(*Store) T) Setting {
	return func(s *Store) { s.kept.Store(k, make(s)) }
}

// Cache is a map that is safe for concurrent use. Its zero value is empty.
type Cache[K comparable, V any] struct {
	mu sync.RWMutex
	of map[K]V
}

// Get returns the value of a key, and whether the key exists.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, found := c.of[key]
	return v, found
}

// Put sets the value of a key.
func (c *Cache[K, V]) Put(key K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[K]V{}
	}
	c.of[key] = v
}
