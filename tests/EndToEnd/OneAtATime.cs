// Each test has whole processes at work on all cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
