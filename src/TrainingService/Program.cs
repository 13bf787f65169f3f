using Gal.Hosting;
using Gal.Training;

return await ServiceRunner.RunAsync("TrainingService", new TrainingServiceOptions(), TrainingServiceHost.Build, args, Console.Out);
