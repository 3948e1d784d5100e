// What runs by the clock: every recurring job, and where Hangfire keeps them. A job is a thin trigger of a use case that is safe to run twice.
using Hangfire;
using Hangfire.AspNetCore;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Moderation.Features.Enforcement;
using Moderation.Features.Http;
using Moderation.Features.Intake;
using Moderation.Features.Storage;

namespace Moderation.Server;

public static class Schedule
{
    private static readonly PostgreSqlStorageOptions StorageOptions = new()
    {
        SchemaName = "hangfire",
        QueuePollInterval = TimeSpan.FromSeconds(1),
    };

    // The one list. A job that is not in it is not run.
    private static void List(IRecurringJobManager jobs)
    {
        // Ends are scheduled to the second when they are decided; the sweep catches what was missed.
        jobs.AddOrUpdate<EndDueEnforcements>(
            "end-due-enforcements",
            job => job.RunAsync(CancellationToken.None),
            Cron.Minutely()
        );
        jobs.AddOrUpdate<AdoptUnfiledReports>(
            "adopt-unfiled-reports",
            job => job.RunAsync(CancellationToken.None),
            Cron.Minutely()
        );
        jobs.AddOrUpdate<ResolveLateSubjects>(
            "resolve-late-subjects",
            job => job.RunAsync(CancellationToken.None),
            Cron.Minutely()
        );
        jobs.AddOrUpdate<ExpireUploads>("expire-uploads", job => job.RunAsync(CancellationToken.None), Cron.Hourly());
        jobs.AddOrUpdate<ScrubBlobs>("scrub-blobs", job => job.RunAsync(CancellationToken.None), Cron.Minutely());
        jobs.AddOrUpdate<CollectOrphans>("collect-orphans", job => job.RunAsync(CancellationToken.None), Cron.Daily(3));
        jobs.AddOrUpdate<ForgetAnswers>("forget-answers", job => job.RunAsync(CancellationToken.None), Cron.Hourly());
    }

    public static void AddSchedule(this IServiceCollection services, bool runsWork)
    {
        // Storage and activator belong to this host; Hangfire's own defaults are statics that a second host would take over.
        services.AddSingleton<JobStorage>(provider => new PostgreSqlStorage(
            new NpgsqlConnectionFactory(
                provider.GetRequiredService<IConfiguration>().GetConnectionString("Moderation")!,
                StorageOptions
            ),
            StorageOptions
        ));
        services.AddSingleton<JobActivator>(provider => new AspNetCoreJobActivator(
            provider.GetRequiredService<IServiceScopeFactory>()
        ));
        services.AddHangfire(
            (provider, hangfire) =>
                hangfire
                    .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
                    .UseSimpleAssemblyNameTypeSerializer()
                    .UseRecommendedSerializerSettings()
                    .UseLogProvider(new JobLog(provider.GetRequiredService<ILoggerFactory>()))
        );
        if (!runsWork)
            return;
        services.AddHangfireServer(server =>
        {
            server.WorkerCount = 2;
            // A timed suspension must end within seconds of its time.
            server.SchedulePollingInterval = TimeSpan.FromSeconds(1);
            server.ShutdownTimeout = TimeSpan.FromSeconds(5);
        });
        services.AddHostedService<Enrol>();
    }

    private sealed class Enrol(IRecurringJobManager jobs) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            List(jobs);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
