package server

// Routes are the endpoints as the router knows them: method and path.
func (s *Server) Routes() (list []string) {
	for _, r := range s.echo.Routes() {
		list = append(list, r.Method+" "+r.Path)
	}
	return list
}
