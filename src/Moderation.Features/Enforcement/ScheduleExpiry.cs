// On a timed suspension or friction: schedules its end for the very second it is due.
using Hangfire;
using MassTransit;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Data;

namespace Moderation.Features.Enforcement;

public sealed class ScheduleExpiry(ModerationDb db, IBackgroundJobClient jobs, TimeProvider clock)
    : IConsumer<AccountSuspended>,
        IConsumer<AccountFrictionApplied>
{
    public Task Consume(ConsumeContext<AccountSuspended> context) => ScheduleAsync(context, [context.Message.Until]);

    public Task Consume(ConsumeContext<AccountFrictionApplied> context) =>
        ScheduleAsync(context, context.Message.Measures.Select(m => m.Until));

    private Task<bool> ScheduleAsync(ConsumeContext context, IEnumerable<DateTimeOffset?> ends) =>
        db.TakeAsync(
            nameof(ScheduleExpiry),
            context.MessageId,
            clock.GetUtcNow(),
            () =>
            {
                // Hangfire has its own connection: a crash here leaves a job too many, which finds nothing to do.
                foreach (var end in ends.OfType<DateTimeOffset>().Distinct())
                    jobs.Schedule<EndDueEnforcements>(job => job.RunAsync(CancellationToken.None), JustAfter(end));
                return Task.CompletedTask;
            },
            context.CancellationToken
        );

    // Hangfire keeps whole seconds and would come up to a second too early.
    private static DateTimeOffset JustAfter(DateTimeOffset end) =>
        DateTimeOffset.FromUnixTimeSeconds(end.ToUnixTimeSeconds() + 1);
}
