using Gal.Hosting;
using Gal.Scoring;

return await ServiceRunner.RunAsync("ScoringService", new ScoringServiceOptions(), ScoringServiceHost.Build, args, Console.Out);
