package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"
)

const heading = `engine   workload      floor req/s  portico req/s   throughput ratio       gate  aim     CPU µs/req floor, portico   CPU ratio`

// report returns one line of the table.
func report(engine string, w workload, rounds [][2]measured) string {
	throughput, cpu := make([]float64, len(rounds)), make([]float64, len(rounds))
	for i, r := range rounds {
		throughput[i] = r[1].rate / r[0].rate
		cpu[i] = float64(r[1].cpu) / float64(r[0].cpu)
	}
	of := func(i int, f func(measured) float64) float64 {
		all := make([]float64, len(rounds))
		for n, r := range rounds {
			all[n] = f(r[i])
		}
		return median(all)
	}
	rate := func(m measured) float64 { return m.rate }
	micros := func(m measured) float64 { return float64(m.cpu) / float64(time.Microsecond) }
	return fmt.Sprintf("%-8s %-12s %12.0f %14.0f   %s   %.2f  %.2f   %12.0f %12.0f   %s", engine, w.name, of(0, rate), of(1, rate),
		spread(throughput), w.gate, w.aim, of(0, micros), of(1, micros), spread(cpu))
}

func spread(all []float64) string {
	return fmt.Sprintf("%.2f / %.2f / %.2f", slices.Min(all), median(all), slices.Max(all))
}

// median returns the middle value, or the mean of the two middle values.
func median(all []float64) float64 {
	s := slices.Sorted(slices.Values(all))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// agree checks that both sides return the same values, in whatever nesting and
// order of members. Only then do the sides do the same work.
func agree(w workload, sides [2]*side) error {
	if !w.alike {
		return nil
	}
	var leaves [2][]string
	for i, s := range sides {
		s.sent[0].Store(0)
		body, err := s.ask(w, 0)
		if err != nil {
			return err
		}
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			return err
		}
		if m, ok := v.(map[string]any); ok && s.portico {
			v = m["data"]
		}
		collect(v, &leaves[i])
		slices.SortFunc(leaves[i], cmp.Compare)
	}
	if !reflect.DeepEqual(leaves[0], leaves[1]) {
		return fmt.Errorf("%s: the answers of the floor and of Portico differ: %d and %d values", w.name, len(leaves[0]), len(leaves[1]))
	}
	return nil
}

func collect(v any, into *[]string) {
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			collect(e, into)
		}
	case []any:
		for _, e := range v {
			collect(e, into)
		}
	default:
		*into = append(*into, fmt.Sprint(v))
	}
}
