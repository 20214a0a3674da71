// A resource is one declared value and a strategy; here is what all of them share: create, update, patch, delete, list and watch over a store and its cache.
