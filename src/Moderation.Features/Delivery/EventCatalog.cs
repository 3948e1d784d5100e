// Which contract each kind of event is, and which consumers the container has for it.
using System.Collections.Frozen;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Moderation.Contracts.Directory;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Contracts.Intake;
using Moderation.Contracts.Legal;
using Moderation.Contracts.Opening;
using Moderation.Contracts.Triage;

namespace Moderation.Features.Delivery;

/// <param name="Name">The class's name: what it writes in the inbox.</param>
public sealed record EventConsumer(string Name, Type Type, IReadOnlyList<Type> Contracts);

public sealed class EventCatalog
{
    // Listed by hand: what is not here is history only and reaches no consumer.
    private static readonly FrozenDictionary<string, Type> Contracts = new Dictionary<string, Type>
    {
        [ReportFiled.Kind] = typeof(ReportFiled),
        [ReportBytesComplete.Kind] = typeof(ReportBytesComplete),
        [ReportExpired.Kind] = typeof(ReportExpired),
        [ReportWithdrawn.Kind] = typeof(ReportWithdrawn),
        [DeviceRevoked.Kind] = typeof(DeviceRevoked),
        [DeviceFrozen.Kind] = typeof(DeviceFrozen),
        [CaseOpened.Kind] = typeof(CaseOpened),
        [CaseJoined.Kind] = typeof(CaseJoined),
        [CaseReportEnded.Kind] = typeof(CaseReportEnded),
        [CaseReportCovered.Kind] = typeof(CaseReportCovered),
        [CaseSubjectResolved.Kind] = typeof(CaseSubjectResolved),
        [CaseEmptied.Kind] = typeof(CaseEmptied),
        [CaseClaimed.Kind] = typeof(CaseClaimed),
        [CaseReleased.Kind] = typeof(CaseReleased),
        [CaseDecided.Kind] = typeof(CaseDecided),
        [SegmentsOpened.Kind] = typeof(SegmentsOpened),
        [ExportApproved.Kind] = typeof(ExportApproved),
        [AccountWarned.Kind] = typeof(AccountWarned),
        [AccountFrictionApplied.Kind] = typeof(AccountFrictionApplied),
        [AccountFrictionLifted.Kind] = typeof(AccountFrictionLifted),
        [AccountSuspended.Kind] = typeof(AccountSuspended),
        [AccountReinstated.Kind] = typeof(AccountReinstated),
        [SessionsRevoked.Kind] = typeof(SessionsRevoked),
        [VisitRequested.Kind] = typeof(VisitRequested),
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, IReadOnlyList<string>> _consumersOf;

    private EventCatalog(IReadOnlyList<EventConsumer> consumers)
    {
        Consumers = consumers;
        var lost = consumers.FirstOrDefault(c => !c.Contracts.All(Contracts.Values.Contains));
        if (lost is not null)
            throw new InvalidOperationException($"{lost.Name} consumes a contract that EventCatalog does not list.");
        _consumersOf = Contracts
            .Select(line =>
                (line.Key, Names: consumers.Where(c => c.Contracts.Contains(line.Value)).Select(c => c.Name).ToList())
            )
            .Where(line => line.Names.Count > 0)
            .ToFrozenDictionary(line => line.Key, line => (IReadOnlyList<string>)line.Names);
        ConsumedKinds = [.. _consumersOf.Keys];
    }

    public IReadOnlyList<EventConsumer> Consumers { get; }

    /// <summary>Kinds that somebody consumes; all others are done as soon as they are written.</summary>
    public string[] ConsumedKinds { get; }

    public IReadOnlyList<string> ConsumersOf(string kind) => _consumersOf[kind];

    public static Type ContractOf(string kind) => Contracts[kind];

    /// <summary>Every registered class that is an `IConsumer` of something; what a feature's door does not register is not there.</summary>
    public static EventCatalog Of(IServiceCollection services) =>
        new([
            .. services
                .Where(s => !s.IsKeyedService)
                .Select(s => s.ImplementationType)
                .OfType<Type>()
                .Where(type => type.Namespace?.StartsWith("MassTransit", StringComparison.Ordinal) != true)
                .Distinct()
                .Select(type => new EventConsumer(type.Name, type, ContractsOf(type)))
                .Where(consumer => consumer.Contracts.Count > 0),
        ]);

    private static List<Type> ContractsOf(Type type) =>
        [
            .. type.GetInterfaces()
                .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IConsumer<>))
                .Select(i => i.GetGenericArguments()[0]),
        ];
}
