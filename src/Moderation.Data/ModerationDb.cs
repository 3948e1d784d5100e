// The one database: every table of the product, and the way changes are saved.
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;
using Moderation.Domain.Labels;
using Moderation.Domain.Legal;
using Moderation.Domain.Meetings;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;
using Moderation.Domain.Visits;
using Npgsql;

namespace Moderation.Data;

public sealed class ModerationDb(DbContextOptions<ModerationDb> options) : DbContext(options)
{
    public DbSet<Account> Accounts => Set<Account>();
    public DbSet<Device> Devices => Set<Device>();
    public DbSet<ActivitySignal> ActivitySignals => Set<ActivitySignal>();
    public DbSet<Identity> Identities => Set<Identity>();
    public DbSet<Meeting> Meetings => Set<Meeting>();
    public DbSet<Participant> Participants => Set<Participant>();
    public DbSet<MeetingRelay> MeetingRelays => Set<MeetingRelay>();
    public DbSet<Challenge> Challenges => Set<Challenge>();
    public DbSet<Report> Reports => Set<Report>();
    public DbSet<EvidenceDestruction> EvidenceDestructions => Set<EvidenceDestruction>();
    public DbSet<ReportSegment> ReportSegments => Set<ReportSegment>();
    public DbSet<ReportSubject> ReportSubjects => Set<ReportSubject>();
    public DbSet<BlobFault> BlobFaults => Set<BlobFault>();
    public DbSet<ScrubRun> ScrubRuns => Set<ScrubRun>();
    public DbSet<Case> Cases => Set<Case>();
    public DbSet<Claim> Claims => Set<Claim>();
    public DbSet<Decision> Decisions => Set<Decision>();
    public DbSet<Enforcement> Enforcements => Set<Enforcement>();
    public DbSet<Strike> Strikes => Set<Strike>();
    public DbSet<Review> Reviews => Set<Review>();
    public DbSet<Appeal> Appeals => Set<Appeal>();
    public DbSet<Label> Labels => Set<Label>();
    public DbSet<Visit> Visits => Set<Visit>();
    public DbSet<CustodyLine> CustodyLines => Set<CustodyLine>();
    public DbSet<Export> Exports => Set<Export>();
    public DbSet<Hold> Holds => Set<Hold>();
    public DbSet<ExportApproval> ExportApprovals => Set<ExportApproval>();
    public DbSet<StaffMember> Staff => Set<StaffMember>();
    public DbSet<ApprovalKey> ApprovalKeys => Set<ApprovalKey>();
    public DbSet<Credential> Credentials => Set<Credential>();
    public DbSet<LoggedEvent> Events => Set<LoggedEvent>();
    public DbSet<Subscription> Subscriptions => Set<Subscription>();
    public DbSet<Delivery> Deliveries => Set<Delivery>();
    public DbSet<InboxEntry> Inbox => Set<InboxEntry>();
    public DbSet<IdempotencyKey> IdempotencyKeys => Set<IdempotencyKey>();
    public DbSet<AuditLeaf> AuditLeaves => Set<AuditLeaf>();
    public DbSet<AuditNode> AuditNodes => Set<AuditNode>();
    public DbSet<AuditCheckpoint> AuditCheckpoints => Set<AuditCheckpoint>();
    public DbSet<AuditCosignature> AuditCosignatures => Set<AuditCosignature>();
    public DbSet<AuditHead> AuditHeads => Set<AuditHead>();
    public DbSet<AuditWaiting> AuditWaiting => Set<AuditWaiting>();

    /// <summary>How events and stored JSON are written: snake_case, as on the wire.</summary>
    public static JsonSerializerOptions Json { get; } =
        new(JsonSerializerDefaults.Web)
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            Converters =
            {
                new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower),
            },
        };

    /// <summary>Writes one line of the event log; it is saved with the change it tells of, in one transaction.</summary>
    public LoggedEvent Say<T>(string kind, T payload, DateTimeOffset now, EventId? id = null)
    {
        var line = new LoggedEvent
        {
            Id = id ?? EventId.New(now),
            Kind = kind,
            Payload = JsonSerializer.Serialize(payload, Json),
            OccurredAt = now,
        };
        Events.Add(line);
        return line;
    }

    /// <summary>The database's own time at the start of the transaction: for leases and due times, which processes compete for.</summary>
    public async Task<DateTimeOffset> NowAsync(CancellationToken ct)
    {
        var now = await Database.SqlQuery<DateTime>($"select now() as \"Value\"").ToListAsync(ct);
        return new DateTimeOffset(now[0], TimeSpan.Zero);
    }

    /// <summary>Saves, and says false when a unique index refused: the index decides, not a look beforehand.</summary>
    public async Task<bool> TrySaveAsync(CancellationToken ct)
    {
        try
        {
            await SaveChangesAsync(ct);
            return true;
        }
        catch (DbUpdateException e)
            when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            ChangeTracker.Clear();
            return false;
        }
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasSequence<long>("case_numbers");
        modelBuilder.HasSequence<long>("legal_process_numbers");
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(ModerationDb).Assembly);
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        Id<AccountId>(configurationBuilder);
        Id<MeetingId>(configurationBuilder);
        Id<ReportId>(configurationBuilder);
        Id<CaseId>(configurationBuilder);
        Id<ClaimId>(configurationBuilder);
        Id<DecisionId>(configurationBuilder);
        Id<EnforcementId>(configurationBuilder);
        Id<StrikeId>(configurationBuilder);
        Id<ReviewId>(configurationBuilder);
        Id<AppealId>(configurationBuilder);
        Id<LabelId>(configurationBuilder);
        Id<VisitId>(configurationBuilder);
        Id<StaffId>(configurationBuilder);
        Id<EventId>(configurationBuilder);
        Id<SubscriptionId>(configurationBuilder);
        Id<ExportId>(configurationBuilder);
        Id<HoldId>(configurationBuilder);
        configurationBuilder.Properties<Enum>().HaveConversion<string>().HaveMaxLength(40);
    }

    private static void Id<TId>(ModelConfigurationBuilder builder)
        where TId : struct, IId<TId> => builder.Properties<TId>().HaveConversion<IdConverter<TId>>();
}
