package pattern

// Work is how many tokens, nodes and types were looked at so far.
func (p *Pattern) Work() int { return p.work }

// Work is how many tokens were read of the last text.
func (p *Parser) Work() int { return p.work }
