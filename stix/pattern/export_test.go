package pattern

// Work is how many tokens, nodes and types were looked at so far.
func (p *Pattern) Work() int { return p.work }
