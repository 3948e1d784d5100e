// On an event that touches evidence: puts its line into the case's custody record.
using MassTransit;
using Moderation.Contracts.Intake;
using Moderation.Contracts.Legal;
using Moderation.Contracts.Opening;

namespace Moderation.Features.Legal;

public sealed class KeepCustody(CustodyBook book)
    : IConsumer<ReportFiled>,
        IConsumer<ReportBytesComplete>,
        IConsumer<SegmentsOpened>,
        IConsumer<ExportApproved>
{
    public Task Consume(ConsumeContext<ReportFiled> context) => TakeAsync(context);

    public Task Consume(ConsumeContext<ReportBytesComplete> context) => TakeAsync(context);

    public Task Consume(ConsumeContext<SegmentsOpened> context) => TakeAsync(context);

    public Task Consume(ConsumeContext<ExportApproved> context) => TakeAsync(context);

    private Task<bool> TakeAsync(ConsumeContext context) =>
        book.TakeAsync(context.MessageId, context.CancellationToken);
}
