module daybook.internal

go 1.26.0
