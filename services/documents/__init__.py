"""Papers and photos that lie with a case (随附单证), and the papers that the window signs.

Owns ``documents``, what was added to which case by whom, ``papers``, what was issued of which case,
and ``document_files``, what is kept of each content; the contents themselves lie sealed in the
store (``services/platform/files.py``). Publishes documents and files to the window, for whoever
verifies. Used by whoever declares (invoices, transport papers, certificates), by the officers who
were drawn to look (photos of what they found), and by enterprises that apply for accreditation.
Each addition and each withdrawal is an event in the log of the case itself, which names the
document and its digest; nothing is ever changed. A signed paper says what the owners' views say,
and stands as long as they do (0134).
"""
