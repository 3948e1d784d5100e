// What runs by the clock: every recurring job, and where Hangfire keeps them. A job is a thin trigger of a use case that is safe to run twice.
using Hangfire;
using Hangfire.PostgreSql;
using Moderation.Features.Enforcement;
using Moderation.Features.Intake;

namespace Moderation.Server;

public static class Schedule
{
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
        jobs.AddOrUpdate<ExpireUploads>("expire-uploads", job => job.RunAsync(CancellationToken.None), Cron.Hourly());
    }

    public static void AddSchedule(this IServiceCollection services, bool runsWork)
    {
        services.AddHangfire(
            (provider, hangfire) =>
                hangfire
                    .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
                    .UseSimpleAssemblyNameTypeSerializer()
                    .UseRecommendedSerializerSettings()
                    .UsePostgreSqlStorage(
                        postgres =>
                            postgres.UseNpgsqlConnection(
                                provider.GetRequiredService<IConfiguration>().GetConnectionString("Moderation")
                            ),
                        new PostgreSqlStorageOptions
                        {
                            SchemaName = "hangfire",
                            QueuePollInterval = TimeSpan.FromSeconds(1),
                        }
                    )
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
