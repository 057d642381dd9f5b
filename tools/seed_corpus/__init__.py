"""Works out the seed corpus: the requests that tell most mutants apart."""
