package server

import (
	"net/http"

	"entente/stix"
	"entente/taxii"
)

func (s *Server) discovery(r *request) error { // TAXII 2.1 §4.1
	return s.send(r, http.StatusOK, s.discoveryBody)
}

func (s *Server) apiRoot(r *request) error { // §4.2
	return s.send(r, http.StatusOK, s.rootBody)
}

func (s *Server) status(r *request) error { // §4.3
	status, err := s.cfg.Exchange.Status(r.Request().Context(), r.principal, r.Param("status"))
	if err != nil {
		return err
	}
	return s.send(r, http.StatusOK, status)
}

func (s *Server) collections(r *request) error { // §5.1
	return s.sendResource(r, http.StatusOK, taxii.Collections{Collections: s.cfg.Exchange.Collections(r.principal)})
}

func (s *Server) collection(r *request) error { // §5.2
	c, err := s.find(r)
	if err != nil {
		return err
	}
	return s.sendResource(r, http.StatusOK, c)
}

func (s *Server) manifest(r *request) error { // §5.3
	c, q, err := s.reading(r, taxii.ManifestFields|s.extra)
	if err != nil {
		return err
	}
	page, err := s.cfg.Exchange.Manifest(r.Request().Context(), r.principal, c.ID, q)
	if err != nil {
		return err
	}
	return s.sendRecords(r, page, taxii.AppendManifest)
}

func (s *Server) objects(r *request) error { // §5.4
	c, q, err := s.reading(r, taxii.ObjectsFields|s.extra)
	if err != nil {
		return err
	}
	page, err := s.cfg.Exchange.Objects(r.Request().Context(), r.principal, c.ID, q)
	if err != nil {
		return err
	}
	return s.sendObjects(r, page)
}

func (s *Server) add(r *request) error { // §5.5
	c, err := s.find(r)
	if err != nil {
		return err
	}
	if !c.CanWrite {
		return forbidden
	}
	body, content, err := s.body(r)
	if err != nil {
		return err
	}
	objects, err := taxii.ParseEnvelope(body, content)
	if err != nil {
		return err
	}
	status, err := s.cfg.Exchange.Add(r.Request().Context(), r.principal, c.ID, objects)
	if err != nil {
		return err
	}
	r.objects = len(objects)
	return s.sendResource(r, http.StatusAccepted, status)
}

func (s *Server) object(r *request) error { // §5.6
	c, q, err := s.reading(r, taxii.ObjectFields)
	if err != nil {
		return err
	}
	page, err := s.cfg.Exchange.Object(r.Request().Context(), r.principal, c.ID, stix.ID(r.Param("object")), q)
	if err != nil {
		return err
	}
	return s.sendObjects(r, page)
}

func (s *Server) remove(r *request) error { // §5.7
	c, err := s.find(r)
	if err != nil {
		return err
	}
	switch {
	case !c.CanRead && !c.CanWrite:
		return noSuchThing
	case !c.CanRead || !c.CanWrite:
		return forbidden
	}
	q, err := taxii.ParseQuery(r.Request().URL.RawQuery, taxii.DeleteFields)
	if err != nil {
		return err
	}
	if err := s.cfg.Exchange.Delete(r.Request().Context(), r.principal, c.ID, stix.ID(r.Param("object")), q); err != nil {
		return err
	}
	return s.send(r, http.StatusOK)
}

func (s *Server) versions(r *request) error { // §5.8
	c, q, err := s.reading(r, taxii.VersionsFields)
	if err != nil {
		return err
	}
	page, err := s.cfg.Exchange.Versions(r.Request().Context(), r.principal, c.ID, stix.ID(r.Param("object")), q)
	if err != nil {
		return err
	}
	return s.sendRecords(r, page, taxii.AppendVersions)
}

// find is the collection that the path names, by id or alias, if the caller may know of it.
func (s *Server) find(r *request) (taxii.Collection, error) {
	c, err := s.cfg.Exchange.Collection(r.principal, r.Param("collection"))
	if err != nil {
		return taxii.Collection{}, err
	}
	r.collection = c.ID
	if c.Alias != "" {
		r.collection = c.Alias
	}
	return c, nil
}

// reading finds the collection and what is asked of it, for the four endpoints that read pages.
func (s *Server) reading(r *request, fields taxii.Fields) (taxii.Collection, taxii.Query, error) {
	c, err := s.find(r)
	if err != nil {
		return c, taxii.Query{}, err
	}
	if !c.CanRead {
		return c, taxii.Query{}, forbidden
	}
	q, err := taxii.ParseQuery(r.Request().URL.RawQuery, fields)
	if err == nil {
		err = s.takeTurn(r)
	}
	return c, q, err
}
