package ent

import "sync"

// Kept is what a unit keeps in memory for each store, as long as the store is
// open: a cache, or a setting. A unit declares one by [Keep] in a variable of its
// package; stores share nothing. The declaration of a cache says how far it may be
// behind the database.
type Kept[T any] struct{ make func(*Store) T }

// Keep declares what is kept for a store: what make returns, at the first use.
// Where several come first at the same moment, make may be called for each, and
// one result is kept.
func Keep[T any](make func(*Store) T) *Kept[T] { return &Kept[T]{make} }

// Of returns what is kept for a store.
func (k *Kept[T]) Of(s *Store) T {
	v, found := s.kept.Load(k)
	if !found {
		v, _ = s.kept.LoadOrStore(k, k.make(s))
	}
	return v.(T)
}

// Setting is something that a store keeps from the moment it is opened; see
// [Config.Settings].
type Setting func(*Store)

// Set is the setting by which a store keeps a value in the place of what [Keep]
// declared.
func (k *Kept[T]) Set(value T) Setting {
	return func(s *Store) { s.kept.Store(k, value) }
}

// SetBy is [Kept.Set] of a value that is made of the store, when it is opened.
func (k *Kept[T]) SetBy(make func(*Store) T) Setting {
	return func(s *Store) { s.kept.Store(k, make(s)) }
}

// Cache is a map that many read and write at once. Its zero value is empty.
type Cache[K comparable, V any] struct {
	mu sync.RWMutex
	of map[K]V
}

// Get returns the value of a key, and whether there is one.
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
