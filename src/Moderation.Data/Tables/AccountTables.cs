// Tables of accounts, devices, meetings and who took part.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Moderation.Domain.Accounts;
using Moderation.Domain.Meetings;

namespace Moderation.Data.Tables;

internal sealed class AccountTables
    : IEntityTypeConfiguration<Account>,
        IEntityTypeConfiguration<Device>,
        IEntityTypeConfiguration<Meeting>,
        IEntityTypeConfiguration<Participant>,
        IEntityTypeConfiguration<MeetingRelay>
{
    public void Configure(EntityTypeBuilder<Account> builder)
    {
        builder.ToTable("accounts").HasKey(a => a.Id);
        builder.Property(a => a.ExternalId).HasMaxLength(128);
        builder.HasIndex(a => a.ExternalId).IsUnique();
        builder.Property(a => a.RiskAssessment).HasColumnType("jsonb");
        builder.Property<uint>("xmin").IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<Device> builder)
    {
        builder.ToTable("devices").HasKey(d => d.Kid);
        builder.HasOne<Account>().WithMany().HasForeignKey(d => d.AccountId);
        builder.Property<uint>("xmin").IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<Meeting> builder)
    {
        builder.ToTable("meetings").HasKey(m => m.Id);
        builder.Property(m => m.ExternalId).HasMaxLength(128);
        builder.HasIndex(m => m.ExternalId).IsUnique();
        builder.HasIndex(m => m.MeetingUuid).IsUnique();
    }

    public void Configure(EntityTypeBuilder<Participant> builder)
    {
        builder.ToTable("participants").HasKey(p => new { p.MeetingId, p.Pseudonym });
        builder.HasOne<Meeting>().WithMany().HasForeignKey(p => p.MeetingId);
        builder.HasOne<Account>().WithMany().HasForeignKey(p => p.AccountId);
    }

    public void Configure(EntityTypeBuilder<MeetingRelay> builder)
    {
        builder.ToTable("meeting_relays").HasKey(r => new { r.MeetingId, r.Kid });
        builder.HasOne<Meeting>().WithMany().HasForeignKey(r => r.MeetingId);
        builder.Property(r => r.AttestationsUrl).HasMaxLength(2048);
    }
}
