using Gal.Generation;
using Gal.Hosting;

return await ServiceRunner.RunAsync("GenerationService", new GenerationServiceOptions(), GenerationServiceHost.Build, args, Console.Out);
