package stix

import (
	"slices"
	"strconv"
)

// checkMarkingCircles wants no marking-definition to be marked by itself through others (§3.2).
// Every one in a circle is told so once, where it points to another one.
func (g *gathering) checkMarkingCircles() {
	number := map[ID]int{}
	for i := range g.objects {
		if o := &g.objects[i]; o.Type == "marking-definition" {
			if _, ok := number[o.ID]; !ok {
				number[o.ID] = len(number)
			}
		}
	}
	edges := make([][]int, len(number))
	for i := range g.objects {
		from, ok := number[g.objects[i].ID]
		if !ok {
			continue
		}
		for _, m := range markingsOf(&g.objects[i]) {
			if to, ok := number[m]; ok && to != from { // of itself its reader has spoken
				edges[from] = append(edges[from], to)
			}
		}
	}
	circles := components(edges)
	for i := range g.objects {
		o := &g.objects[i]
		from, ok := number[o.ID]
		if !ok {
			continue
		}
		all := markingsOf(o)
		at := slices.IndexFunc(all, func(m ID) bool {
			to, ok := number[m]
			return ok && to != from && circles[to] == circles[from]
		})
		if at < 0 {
			continue
		}
		pointer := "/object_marking_refs"
		if k := at - len(o.Markings); k >= 0 {
			pointer = "/granular_markings/" + strconv.Itoa(k) + "/marking_ref"
		}
		g.add(i, Error, "S-3.2-16", pointer, "through other markings this marking-definition marks itself; leave one of them out")
	}
}

// markingsOf are the markings of an object, then those of its granular markings, one for each.
func markingsOf(o *Object) []ID {
	all := slices.Clone(o.Markings)
	for i := range o.Granular {
		all = append(all, o.Granular[i].Marking)
	}
	return all
}

// components numbers the nodes of a directed graph from 1, two alike if each leads to the other
// (Tarjan's algorithm). It keeps its own stack: a hostile chain is as long as its document.
func components(edges [][]int) []int {
	var (
		of      = make([]int, len(edges)) // 0 while it is open
		order   = make([]int, len(edges)) // of the first visit, from 1
		low     = make([]int, len(edges)) // the least order that a node leads back to
		tried   = make([]int, len(edges)) // edges
		visited = 0
		found   = 0

		path, open []int
	)
	for root := range edges {
		if order[root] > 0 {
			continue
		}
		for path = append(path, root); len(path) > 0; {
			v := path[len(path)-1]
			if order[v] == 0 {
				visited++
				order[v], low[v] = visited, visited
				open = append(open, v)
			}
			if tried[v] < len(edges[v]) {
				w := edges[v][tried[v]]
				tried[v]++
				if order[w] == 0 {
					path = append(path, w)
				} else if of[w] == 0 {
					low[v] = min(low[v], order[w])
				}
				continue
			}
			if path = path[:len(path)-1]; len(path) > 0 {
				parent := path[len(path)-1]
				low[parent] = min(low[parent], low[v])
			}
			if low[v] < order[v] {
				continue
			}
			found++
			for of[v] == 0 {
				of[open[len(open)-1]] = found
				open = open[:len(open)-1]
			}
		}
	}
	return of
}
