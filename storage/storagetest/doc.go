// Package storagetest proves the contract of package storage. Every driver runs it: a driver's
// own test is one call of Test.
//
// It owns no records; it opens stores through the driver under test.
package storagetest
